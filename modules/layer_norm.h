// Layer normalisation.
#pragma once

#include <linseed/framework/module/module.h>

namespace linseed::nn {

/// Normalises each example by itself, over its last axis (Ba, Kiros, Hinton, "Layer
/// normalization", 2016):
///   y = (x − μ) / √(v + ε) · scale + bias
/// with μ, v the mean and the biased variance over `axis`.
///   x [..., features] -> y like x, in `dtype`
///   params: "scale" and "bias", shaped like the axes, if asked for; used in `dtype`
/// Statistics are computed in float32, or in float64 if `dtype` is. There is no state.
struct LayerNorm final : Module<LayerNorm> {
  float epsilon = 1e-6f;
  DType dtype = float32;
  bool bias = true;
  bool scale = true;
  Initializer bias_init = initializers::zeros();
  Initializer scale_init = initializers::ones();
  Axes axis = -1;  // one axis or several: {-3, -2, -1}

  /// InvalidArgument: an axis out of range, a negative epsilon, a dtype that is not floating.
  Tensor apply(const Tensor& x) const;
};

}  // namespace linseed::nn
