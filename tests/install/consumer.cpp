// A program of somebody else: it trains one step and keeps the result.
#include <cstdio>
#include <filesystem>

#include <linseed/framework/core/tensor.h>
#include <linseed/linseed.h>

namespace nn = linseed::nn;
using linseed::Tensor;

struct Net : nn::Module<Net> {
  Tensor apply(Tensor x) const {
    x = nn::relu(nn::BatchNorm{}(nn::Dense{.features = 8}(x)));
    return nn::Dense{.features = 3}(x);
  }
};

int main(int, char** argv) {
  const Tensor x = linseed::reshape(linseed::arange(8, linseed::float32), {4, 2});
  auto made = nn::stateful([&] { return Net{}.create(linseed::random::key(0), x); });
  const auto& stats = made.second;
  const auto loss_of = [&](const nn::Model<Net>& model) {
    return linseed::sum(nn::stateful(stats, [&] { return model(x); }).first);
  };
  const auto [loss, gradient] = linseed::value_and_grad(loss_of)(made.first.model);
  // The last bias is added to each of four rows.
  const bool right = gradient.params["Dense_2"]["bias"].tensor().template data<float>()[0] == 4;

  const std::filesystem::path directory = argv[1];
  linseed::save_checkpoint(directory, gradient, 1, {.overwrite = true});
  const auto restored = linseed::restore_checkpoint(directory, made.first.model).value;
  const bool same = restored.params["Dense_2"]["bias"].tensor().template data<float>()[0] == 4;
  std::printf("loss %g, gradient %d, restored %d\n", loss.template item<float>(), right, same);
  return right && same ? 0 : 1;
}
