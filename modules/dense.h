// The fully connected layer.
#pragma once

#include <linseed/framework/module/module.h>

namespace linseed::nn {

/// Affine map over the last axis: y = x W + b.
///   x [..., in] -> y [..., features]
///   params: "kernel" [in, features]; "bias" [features] if `bias`
/// Computes in `dtype`, to which x and the parameters are converted.
struct Dense final : Module<Dense> {
  Required<int> features;
  bool bias = true;
  DType dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();

  /// InvalidArgument for a scalar x, and for fewer than 1 feature.
  Tensor apply(const Tensor& x) const;
};

}  // namespace linseed::nn
