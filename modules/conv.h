// The convolution layer.
#pragma once

#include <linseed/framework/module/module.h>
#include <linseed/framework/ops/convolution.h>

namespace linseed::nn {

/// Cross-correlation over one to three spatial dimensions, as many as `kernel_size` has, channels
/// last (see linseed::convolution).
///   x [n, spatial…, in], or one example [spatial…, in] -> y [n, out…, features], or [out…,
///   features] params: "kernel" kernel_size + [in / groups, features]; "bias" [features] if `bias`
/// with groups = `feature_group_count`; as many groups as channels are a depthwise convolution.
/// Computes in `dtype`, to which x and the parameters are converted.
struct Conv final : Module<Conv> {
  Required<int> features;
  Required<Shape> kernel_size;
  Shape strides = {};  // none: 1 in each dimension, and so for both dilations
  Padding padding = "SAME";
  Shape input_dilation = {};
  Shape kernel_dilation = {};
  int feature_group_count = 1;
  bool bias = true;
  DType dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();

  /// InvalidArgument for an x of another rank, for sizes below 1, and for sizes that do not fit
  /// each other.
  Tensor apply(const Tensor& x) const;
};

}  // namespace linseed::nn
