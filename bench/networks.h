// The networks that are trained. peers/networks.py has the same, under the same names.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <linseed/linseed.h>

namespace bench {

/// Applies layers and numbers them by kind: conv0, norm0, conv1, …
class Layers {
 public:
  /// BatchNorm takes the moments of the batch, of all replicas along `axis_name` if it is there, if
  /// it `trains`, else the running averages.
  Layers(bool trains, std::string axis_name) : trains_(trains), axis_name_(std::move(axis_name)) {}

  linseed::Tensor conv(const linseed::Tensor& x, int features, int window, int stride, bool bias);
  linseed::Tensor batch_norm(const linseed::Tensor& x);
  linseed::Tensor dense(const linseed::Tensor& x, int features);

 private:
  bool trains_;
  std::string axis_name_;
  int convs_ = 0, norms_ = 0, denses_ = 0;
};

using Architecture = std::function<linseed::Tensor(Layers&, linseed::Tensor)>;

/// Images to logits.
struct Network : linseed::nn::Module<Network> {
  Architecture architecture;
  bool train = true;
  std::string axis_name = {};

  linseed::Tensor apply(const linseed::Tensor& x) const;
};

/// Blocks of a 3×3 convolution, BatchNorm, ReLU and 2×2 max-pooling, then dense layers with ReLU
/// between them.
Architecture conv_net(std::vector<int> features, std::vector<int> dense);
/// That of M1.
inline Architecture m1_net() { return conv_net({16, 32}, {10}); }
/// Dense layers with ReLU between them.
Architecture mlp(std::vector<int> dense);
/// Flax's MNIST example: two 3×3 convolutions with bias, each with ReLU and 2×2 average-pooling,
/// then two dense layers.
Architecture flax_mnist();
/// ResNet of 6 blocks + 2 layers, 3 for ResNet-20 (He et al., "Deep residual learning for image
/// recognition", 2016, section 4.2), with a 1×1 convolution and BatchNorm where a shortcut changes
/// shape.
Architecture resnet(int blocks);

}  // namespace bench
