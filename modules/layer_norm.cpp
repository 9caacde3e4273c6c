#include <linseed/modules/layer_norm.h>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/modules/normalization_internal.h>
#include <linseed/modules/normalize.h>

namespace linseed::nn {

Tensor LayerNorm::apply(const Tensor& x) const {
  const Tensor values = normalization_input(x, epsilon, dtype, "layer_norm");
  const Axes axes(axis.resolve(x.ndim(), "layer_norm"));
  const Affine affine{scale, bias, scale_init, bias_init};
  const Tensor y = normalize(values, axes, {}, {}, epsilon);
  return astype(scale_and_shift(y, affine, axes, dtype), dtype);
}

}  // namespace linseed::nn
