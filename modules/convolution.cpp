#include <linseed/modules/convolution_internal.h>

#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/window_internal.h>

namespace linseed::nn {

Tensor over_examples(const Tensor& x, const Shape& kernel_size, std::string_view who,
                     const std::function<Tensor(const Tensor&)>& f) {
  const int spatial_dims = kernel_size.ndim();
  if (spatial_dims < 1 || spatial_dims > 3) {
    throw InvalidArgument(
        "{}: kernel_size {} has {} sizes; give one for each of 1 to 3 spatial dimensions, like "
        "{{3, 3}}",
        who, kernel_size, spatial_dims);
  }
  one_per_dimension(kernel_size, spatial_dims, who, "kernel_size");
  if (x.ndim() != spatial_dims + 1 && x.ndim() != spatial_dims + 2) {
    throw InvalidArgument(
        "{}: kernel_size {} needs x [n,spatial…,c] or one example [spatial…,c] with {} spatial "
        "dimensions, got {}",
        who, kernel_size, spatial_dims, x.spec());
  }
  if (x.ndim() == spatial_dims + 2) return f(x);
  const Tensor y = f(expand_dims(x, 0));
  return reshape(y, Shape(std::vector<std::int64_t>(y.shape().begin() + 1, y.shape().end())));
}

Shape kernel_shape(const Shape& kernel_size, std::int64_t in, std::int64_t out) {
  Shape shape = kernel_size;
  shape.push_back(in);
  shape.push_back(out);
  return shape;
}

}  // namespace linseed::nn
