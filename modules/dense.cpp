#include <linseed/modules/dense.h>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/modules/positive_internal.h>

namespace linseed::nn {

Tensor Dense::apply(const Tensor& x) const {
  if (x.ndim() == 0)
    throw InvalidArgument("dense: x needs at least one dimension, got {}", x.spec());
  check_positive(features, "dense", "features");
  const Tensor kernel = param("kernel", {x.dim(-1), features}, kernel_init);
  const Tensor y = matmul(astype(x, dtype), astype(kernel, dtype));
  if (!bias) return y;
  return y + astype(param("bias", {features}, bias_init), dtype);
}

}  // namespace linseed::nn
