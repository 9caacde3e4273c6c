// Layers in half precision: parameters, statistics and losses stay in float32.
#include <cmath>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/modules/activation.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/dense.h>
#include <linseed/modules/loss.h>
#include <linseed/modules/pooling.h>
#include <linseed/optim/momentum.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;
namespace optim = linseed::optim;

namespace {

struct HalfCnn : nn::Module<HalfCnn> {
  DType dtype = bfloat16;

  Tensor apply(const Tensor& image) const {
    Tensor x = nn::Conv{.features = 4, .kernel_size = {3, 3}, .bias = false, .dtype = dtype}(image);
    x = nn::relu(nn::BatchNorm{.momentum = 0.5F, .dtype = dtype}(x));
    x = nn::max_pool(x, {2, 2}, {2, 2});
    return nn::Dense{.features = 3, .dtype = dtype}(reshape(x, {x.dim(0), -1}));
  }
};

const Tensor kImages = uneven({6, 6, 6, 2});
const Tensor kLabels = Tensor::from({0, 1, 2, 0, 1, 2}, {6});

/// Loss, new statistics, and gradient of the parameters.
auto loss_and_gradient(const nn::Model<HalfCnn>& model, const nn::Collection& stats) {
  const auto loss_of = [&](const nn::Model<HalfCnn>& at) {
    auto [logits, new_stats] = nn::stateful(stats, [&] { return at(kImages); });
    return std::pair(nn::softmax_cross_entropy(logits, kLabels), new_stats);
  };
  return value_and_grad(loss_of, has_aux)(model);
}

auto created(DType dtype) {
  return nn::stateful([&] { return HalfCnn{.dtype = dtype}.create(random::key(0), kImages); });
}

}  // namespace

TEST_CASE("a small CNN trains in half precision, with float32 parameters and statistics") {
  for (const DType dtype : {bfloat16, float16}) {
    INFO(name(dtype));
    auto [made, stats] = created(dtype);
    CHECK(made.output.dtype() == dtype);
    auto optimizer = optim::Momentum{.learning_rate = 0.1F}.create(made.model);
    std::vector<float> losses;
    for (int step = 0; step < 5; ++step) {
      auto [loss, new_stats, gradient] = loss_and_gradient(optimizer.target, stats);
      optimizer = optimizer.apply_gradient(gradient);
      stats = new_stats;
      losses.push_back(loss.item<float>());
    }
    CHECK(losses.back() < 0.5F * losses.front());
    for (const auto& leaf : tree::named_leaves(optimizer.target)) {
      INFO(leaf.path());
      CHECK(leaf.tensor.dtype() == float32);
    }
    for (const char* average : {"mean", "var"}) {
      CHECK(stats["/BatchNorm_1"][average].tensor().dtype() == float32);
    }
  }
}

// Four layers round their results to half a unit of 2⁻⁸ or 2⁻¹¹, forwards and backwards: some ten
// roundings of up to 0.2 % or 0.025 %, measured against the largest derivative of a parameter.
TEST_CASE("the gradient of a CNN in half precision is near that in float32") {
  const auto wide = created(float32);
  const auto exact = std::get<2>(loss_and_gradient(wide.first.model, wide.second));
  for (const auto& [dtype, tolerance] : {std::pair(bfloat16, 0.02), std::pair(float16, 0.0025)}) {
    INFO(name(dtype));
    const nn::Model<HalfCnn> model{HalfCnn{.dtype = dtype}, wide.first.model.params};
    const auto [loss, stats, gradient] = loss_and_gradient(model, wide.second);
    const auto expected = tree::named_leaves(exact);
    const auto given = tree::named_leaves(gradient);
    REQUIRE(given.size() == expected.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
      INFO(given[i].path());
      CHECK(given[i].tensor.dtype() == float32);
      const auto a = values(given[i].tensor), b = values(expected[i].tensor);
      double largest = 0, worst = 0;
      for (std::size_t k = 0; k < a.size(); ++k) {
        largest = std::max(largest, std::abs(b[k]));
        worst = std::max(worst, std::abs(a[k] - b[k]));
      }
      CHECK(worst <= tolerance * largest);
      CHECK(worst > 0);  // it was half precision
    }
  }
}

TEST_CASE("a jitted layer of halves gives the bits of the plain one") {
  const nn::Dense dense{.features = 5, .dtype = float16};
  const Tensor x = uneven({3, 4});
  const Tree params = dense.init(random::key(0), x).params;
  const auto call = [&](const Tensor& at) { return nn::softmax(dense.call(params, at)); };
  CHECK(jit(call)(x).dtype() == float16);
  CHECK(bits(jit(call)(x)) == bits(call(x)));
}

TEST_CASE("softmax over more numbers than a half counts") {
  // Σ of so many ones has no float16, and in bfloat16 they would be counted in steps of 512.
  const double share = 1 / 7e4;
  for (const auto& [dtype, unit] : {std::pair(bfloat16, 0x1p-8), std::pair(float16, 0x1p-11)}) {
    INFO(name(dtype));
    const Tensor x = zeros({70000}, dtype);
    CHECK(nn::softmax(x).dtype() == dtype);
    // In float16 that is below the smallest normal number: multiples of 2^-24.
    CHECK(values(nn::softmax(x))[0] == Approx(share).margin(0x1p-25).epsilon(unit));
    CHECK(values(nn::log_softmax(x))[0] == Approx(std::log(share)).epsilon(unit));
  }
}

TEST_CASE("the loss of halves is computed in float32") {
  const Tensor logits = astype(uneven({4, 3}), bfloat16);
  const Tensor labels = Tensor::from({0, 1, 2, 0}, {4});
  const Tensor loss = nn::softmax_cross_entropy(logits, labels);
  CHECK(loss.dtype() == float32);
  CHECK(bits(loss) == bits(nn::softmax_cross_entropy(astype(logits, float32), labels)));
}
