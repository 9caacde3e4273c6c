#include <linseed/modules/conv.h>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/modules/spatial_internal.h>

namespace linseed::nn {

Tensor Conv::apply(const Tensor& x) const {
  const auto window = two_sizes(kernel_size, "conv", "kernel_size");
  const auto steps = two_strides(strides, "conv");
  if (x.ndim() != 3 && x.ndim() != 4) {
    throw InvalidArgument("conv: x [n,h,w,c] or one example [h,w,c] was expected, got {}",
                          x.spec());
  }
  const bool single_example = x.ndim() == 3;
  const Tensor batch = single_example ? expand_dims(x, 0) : x;

  const Tensor kernel =
      param("kernel", {window[0], window[1], batch.dim(-1), features}, kernel_init);
  Tensor y = convolution(astype(batch, dtype), astype(kernel, dtype), steps, padding);
  if (single_example) y = reshape(y, {y.dim(1), y.dim(2), y.dim(3)});
  if (!bias) return y;
  return y + astype(param("bias", {features}, bias_init), dtype);
}

}  // namespace linseed::nn
