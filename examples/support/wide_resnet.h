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

}  // namespace example
