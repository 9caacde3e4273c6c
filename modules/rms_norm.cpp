#include <linseed/modules/rms_norm.h>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/normalization_internal.h>

namespace linseed::nn {

Tensor RMSNorm::apply(const Tensor& x) const {
  const Tensor values = normalization_input(x, epsilon, dtype, "rms_norm");
  const Axes axes(axis.resolve(x.ndim(), "rms_norm"));
  const Tensor y = values * rsqrt(mean(square(values), axes, keepdims) + epsilon);
  const Affine affine{.scale = scale, .bias = false, .scale_init = scale_init};
  return astype(scale_and_shift(y, affine, axes, values.dtype()), dtype);
}

}  // namespace linseed::nn
