// The network of 10_wide_resnet.
#pragma once

#include <map>
#include <string>

#include <linseed/linseed.h>

namespace example {

/// y = f(x) + x, where f is BatchNorm, relu and convolution, twice. BatchNorm comes first, so what
/// goes around the blocks is only added to, from the first to the last (He et al., "Identity
/// mappings in deep residual networks", 2016). Where y has another shape than x, a convolution
/// stands for x. Convolutions have no bias: BatchNorm behind them would take it away again.
///   x [n, height, width, channels] -> y [n, ⌈height / stride⌉, ⌈width / stride⌉, features]
struct WideResNetBlock : linseed::nn::Module<WideResNetBlock> {
  linseed::nn::Required<int> features;
  int stride = 1;
  bool train = true;

  linseed::Tensor apply(const linseed::Tensor& x) const;
};

/// Not deep but wide (Zagoruyko, Komodakis, "Wide residual networks", 2016): a convolution, three
/// groups of `n` blocks with 16k, 32k and 64k channels, of which the latter two halve the image,
/// and the mean over what is left of it: 8 × 8 places of an image of 32, 7 × 7 of one of 28.
///   images [n, height, width, channels] -> logits [n, classes]
struct WideResNet : linseed::nn::Module<WideResNet> {
  int n = 1;
  int k = 2;
  int classes = 10;
  bool train = true;

  linseed::Tensor apply(linseed::Tensor x) const;
};

/// The logits of images by a trained network and the running averages of its training.
linseed::Tensor classify(const linseed::nn::Model<WideResNet>& trained,
                         const linseed::nn::Collection& stats, const linseed::Tensor& images);

/// What has been trained, without what only the training itself needs; named as in its state.
template <class Optimizer>
struct Trained {
  Optimizer optimizer;
  linseed::nn::Collection stats;
  linseed::data::ChannelStatistics pixels;
  static constexpr auto tree =
      linseed::fields<&Trained::optimizer, &Trained::stats, &Trained::pixels>;
};

/// What programs that have a checkpoint alone compute with it, on batches of that size of images
/// with values in [0, 1]: "predict" and "batch_stats" (see linseed::export_function).
template <class Optimizer>
std::map<std::string, linseed::Exported> functions_of(
    const Optimizer& optimizer, const linseed::nn::Collection& stats,
    const linseed::data::ChannelStatistics& pixels, std::int64_t batch_size,
    const linseed::data::ImageShape& shape) {
  using State = Trained<Optimizer>;
  const auto normalised = [](const State& state, const linseed::Tensor& x) {
    return (x - state.pixels.mean) / state.pixels.deviation;
  };
  const auto predict = [=](const State& state, const linseed::Tensor& x) {
    return classify(state.optimizer.target, state.stats, normalised(state, x));
  };
  const auto batch_stats = [=](State state, const linseed::Tensor& x) {
    const auto run = [&] { return state.optimizer.target(normalised(state, x)); };
    state.stats = linseed::nn::stateful(state.stats, linseed::nn::unaveraged, run).second;
    return state;
  };
  const State state{optimizer, stats, pixels};
  const linseed::TensorSpec images{{batch_size, shape.height, shape.width, shape.channels},
                                   linseed::float32};
  return {{"predict", linseed::export_function(predict, state, images)},
          {"batch_stats", linseed::export_function(batch_stats, state, images)}};
}

}  // namespace example
