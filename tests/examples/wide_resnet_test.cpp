// The network of 10_wide_resnet, and what its checkpoints can be asked for.
#include <support/classifier.h>
#include <support/wide_resnet.h>

#include <array>

#include <catch2/catch.hpp>

#include <linseed/framework/io/checkpoint_file.h>

namespace example {

namespace nn = linseed::nn;
using linseed::Tensor;

namespace {

auto made(const WideResNet& network, const linseed::TensorSpec& images) {
  return nn::stateful(
      [&] { return network.create_by_shape(linseed::random::key(0), {images}).model; });
}

struct TrainState {
  linseed::optim::Optimizer<linseed::optim::Momentum, nn::Model<WideResNet>> optimizer;
  nn::Collection stats;
  linseed::data::ChannelStatistics pixels;
  linseed::data::Position position;
  static constexpr auto tree = linseed::fields<&TrainState::optimizer, &TrainState::stats,
                                               &TrainState::pixels, &TrainState::position>;
};

std::int64_t parameters(const WideResNet& network) {
  std::int64_t count = 0;
  for (const Tensor& p : linseed::tree::leaves(made(network, {{{1, 28, 28, 1}}}).first)) {
    count += p.size();
  }
  return count;
}

}  // namespace

TEST_CASE("a wide residual network has as many parameters as flax's, but for biases") {
  CHECK(parameters({.n = 1, .k = 1}) == 98'378 - 336);
  // Each block more, of those that keep the shape: 2 · (9 c² + 2 c) for c = 16, 32 and 64.
  const auto block = [](int c) { return 2 * (9 * c * c + 2 * c); };
  CHECK(parameters({.n = 2, .k = 1}) == 98'378 - 336 + block(16) + block(32) + block(64));
}

TEST_CASE("what is saved with a network predicts as it does, and knows a batch's statistics") {
  const Tensor images = linseed::random::uniform(linseed::random::key(1), {4, 12, 12, 3});
  const auto [model, stats] = made({.k = 1, .classes = 5}, images.spec());
  const linseed::data::ChannelStatistics pixels{Tensor::from({0.4f, 0.5f, 0.6f}, {3}),
                                                Tensor::from({0.2f, 0.25f, 0.3f}, {3})};
  const auto optimizer = linseed::optim::Momentum{.learning_rate = 0.1f}.create(model);
  const TrainState trained{optimizer, stats, pixels, {}};
  const auto functions = functions_of(trained, 4, {12, 12, 3}, classify);
  const auto state = linseed::io::describe(trained);
  const auto call = [&](const linseed::Exported& function) {
    return function.call(linseed::state_for(function, state), std::array{images});
  };

  const Tensor expected = classify(model, stats, (images - pixels.mean) / pixels.deviation);
  const Tensor logits = call(functions.at("predict")).at(0);
  CHECK(logits.shape() == linseed::Shape{4, 5});
  CHECK(linseed::all(linseed::equal(logits, expected)).item<bool>());

  const linseed::Exported& of_batch = functions.at("batch_stats");
  CHECK(of_batch.results.size() == 2 * 7);  // mean and variance of seven layers
  for (const auto& result : of_batch.results) CHECK(result.name.rfind("stats/", 0) == 0);
  CHECK(call(of_batch).size() == of_batch.results.size());
}

}  // namespace example
