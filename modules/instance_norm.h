// Instance normalisation.
#pragma once

#include <linseed/framework/module/module.h>

namespace linseed::nn {

/// Normalises each channel of each example over its pixels (Ulyanov, Vedaldi, Lempitsky, "Instance
/// normalization", 2016):
///   y = (x − μ) / √(v + ε) · scale + bias
/// with μ, v the mean and the biased variance over the spatial dimensions.
///   x [n, spatial…, channels] -> y like x, in `dtype`
///   params: "scale" and "bias" [channels], if asked for
/// Statistics are computed in float32, or in float64 if `dtype` is. There is no state.
struct InstanceNorm final : Module<InstanceNorm> {
  float epsilon = 1e-6f;
  DType dtype = float32;
  bool bias = true;
  bool scale = true;
  Initializer bias_init = initializers::zeros();
  Initializer scale_init = initializers::ones();

  /// InvalidArgument: an x without a spatial dimension, a negative epsilon, a dtype that is not
  /// floating.
  Tensor apply(const Tensor& x) const;
};

}  // namespace linseed::nn
