#include "support/fashion_cnn.h"

namespace example {

namespace nn = linseed::nn;
using linseed::Tensor;

Tensor CNN::apply(Tensor x) const {
  for (int features : {32, 64}) {
    x = nn::Conv{.features = features, .kernel_size = {3, 3}, .bias = !batch_norm}(x);
    if (batch_norm) x = nn::BatchNorm{.use_running_average = !train}(x);
    x = nn::relu(x);
    x = nn::max_pool(x, {2, 2}, {2, 2});
  }
  x = linseed::reshape(x, {x.dim(0), -1});
  x = nn::relu(nn::Dense{.features = 256}(x));
  return nn::Dense{.features = 10}(x);
}

std::pair<nn::Model<CNN>, nn::Collection> make_cnn(bool batch_norm, std::uint64_t seed) {
  const Tensor key = linseed::random::fold_in(linseed::random::key(seed), 0);
  return nn::stateful([&] {
    return CNN{.batch_norm = batch_norm}.create_by_shape(key, {{{1, 28, 28, 1}}}).model;
  });
}

std::function<Classifier(const nn::Model<CNN>&, const nn::Collection&)> make_classifiers(
    const nn::Model<CNN>& like) {
  const auto eval_model = like.partial(&CNN::train, false);
  const auto apply = linseed::jit([](nn::Model<CNN> model, nn::Collection stats, Tensor images) {
    return nn::stateful(stats, nn::frozen, [&] { return model(images); });
  });
  return [=](const nn::Model<CNN>& trained, const nn::Collection& stats) {
    const auto model = eval_model.replace(trained.params);
    return [=](const Tensor& images) { return apply(model, stats, images); };
  };
}

Classifier restore_classifier(const std::filesystem::path& run_dir, bool batch_norm) {
  const auto [like, stats_like] = make_cnn(batch_norm, 0);
  const auto model = linseed::restore_checkpoint(run_dir, like, {.at = "optimizer/target"}).value;
  const auto stats = linseed::restore_checkpoint(run_dir, stats_like, {.at = "stats"}).value;
  return make_classifiers(like)(model, stats);
}

}  // namespace example
