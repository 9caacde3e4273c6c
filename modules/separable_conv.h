// The depthwise-separable convolution layer.
#pragma once

#include <linseed/framework/module/module.h>
#include <linseed/framework/ops/convolution.h>

namespace linseed::nn {

/// A convolution in two steps (Chollet, "Xception", 2017; Howard et al., "MobileNets", 2017): first
/// each channel by itself, over the window, into `depth_multiplier` channels; then all channels of
/// a pixel into `features`. For a 3x3 window that is some 9 times less work than a Conv.
///   x [n, spatial…, in] -> y [n, out…, features]; or one example of each, without n
///   Conv "depthwise": "kernel" kernel_size + [1, in · depth_multiplier], no bias
///   Conv "pointwise": "kernel" [1…, in · depth_multiplier, features]; "bias" [features] if `bias`
struct SeparableConv final : Module<SeparableConv> {
  Required<int> features;
  Required<Shape> kernel_size;
  Shape strides = {};  // none: 1 in each dimension, and so for the dilation
  Padding padding = "SAME";
  Shape kernel_dilation = {};
  int depth_multiplier = 1;
  bool bias = true;
  DType dtype = float32;
  Initializer depthwise_init = initializers::lecun_normal();
  Initializer pointwise_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();

  /// InvalidArgument for an x of another rank, for sizes below 1, and for sizes that do not fit
  /// each other.
  Tensor apply(const Tensor& x) const;
};

}  // namespace linseed::nn
