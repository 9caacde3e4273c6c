// Root-mean-square normalisation.
#pragma once

#include <linseed/framework/module/module.h>

namespace linseed::nn {

/// Divides each example by the root of its mean square (Zhang, Sennrich, "Root mean square layer
/// normalization", 2019): layer normalisation without centring.
///   y = x / √(E[x²] + ε) · scale,   E over `axis`
///   x [..., features] -> y like x, in `dtype`
///   params: "scale", shaped like the axes, if asked for
/// The mean is computed in float32, or in float64 if `dtype` is. There is no state.
struct RMSNorm final : Module<RMSNorm> {
  float epsilon = 1e-6f;
  DType dtype = float32;
  bool scale = true;
  Initializer scale_init = initializers::ones();
  Axes axis = -1;  // one axis or several: {-3, -2, -1}

  /// InvalidArgument: an axis out of range, a negative epsilon, a dtype that is not floating.
  Tensor apply(const Tensor& x) const;
};

}  // namespace linseed::nn
