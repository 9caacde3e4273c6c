#include <linseed/modules/instance_norm.h>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/modules/normalization_internal.h>
#include <linseed/modules/normalize.h>

namespace linseed::nn {

Tensor InstanceNorm::apply(const Tensor& x) const {
  const Tensor values = normalization_input(x, epsilon, dtype, "instance_norm");
  if (x.ndim() < 3) {
    throw InvalidArgument(
        "instance_norm: x [n,spatial…,channels] with at least one spatial dimension was expected, "
        "got {}",
        x.spec());
  }
  std::vector<int> spatial;
  for (int i = 1; i < x.ndim() - 1; ++i) spatial.push_back(i);
  const Tensor y = normalize(values, Axes(spatial), {}, {}, epsilon);
  const Affine affine{scale, bias, scale_init, bias_init};
  return astype(scale_and_shift(y, affine, -1, values.dtype()), dtype);
}

}  // namespace linseed::nn
