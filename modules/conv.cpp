#include <linseed/modules/conv.h>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>

namespace linseed::nn {

Tensor Conv::apply(const Tensor& x) const {
  const Shape& size = kernel_size;
  const int spatial_dims = size.ndim();
  if (spatial_dims < 1 || spatial_dims > 3) {
    throw InvalidArgument(
        "conv: kernel_size {} has {} sizes; give one for each of 1 to 3 spatial "
        "dimensions, like {{3, 3}}",
        size, spatial_dims);
  }
  if (x.ndim() != spatial_dims + 1 && x.ndim() != spatial_dims + 2) {
    throw InvalidArgument(
        "conv: kernel_size {} needs x [n,spatial…,c] or one example [spatial…,c] "
        "with {} spatial dimensions, got {}",
        size, spatial_dims, x.spec());
  }
  const bool single_example = x.ndim() == spatial_dims + 1;
  const Tensor batch = single_example ? expand_dims(x, 0) : x;
  const std::int64_t channels = batch.dim(-1);
  if (feature_group_count < 1 || channels % feature_group_count != 0) {
    throw InvalidArgument("conv: {} input channels do not divide into {} feature groups; x {}",
                          channels, feature_group_count, x.spec());
  }

  Shape kernel_shape = size;
  kernel_shape.push_back(channels / feature_group_count);
  kernel_shape.push_back(features);
  const Tensor kernel = param("kernel", kernel_shape, kernel_init);
  Tensor y = convolution(astype(batch, dtype), astype(kernel, dtype),
                         {.strides = strides,
                          .padding = padding,
                          .input_dilation = input_dilation,
                          .kernel_dilation = kernel_dilation,
                          .groups = feature_group_count});
  if (single_example) {
    y = reshape(y, Shape(std::vector<std::int64_t>(y.shape().begin() + 1, y.shape().end())));
  }
  if (!bias) return y;
  return y + astype(param("bias", {features}, bias_init), dtype);
}

}  // namespace linseed::nn
