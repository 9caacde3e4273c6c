#include <linseed/framework/autodiff/jacobian.h>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>

namespace linseed::detail {

Tensor unit_cotangents(const Tensor& output) {
  if (!is_floating(output.dtype())) {
    throw InvalidArgument("jacobian: the function must return a floating tensor, got {}",
                          output.spec());
  }
  const std::int64_t size = output.size();
  const Tensor places = arange(size);
  const Tensor units = astype(equal(expand_dims(places, 1), places), output.dtype());
  return unflatten(units, output.shape(), 1);
}

Tensor unflatten(const Tensor& x, const Shape& shape, int axis) {
  std::vector<std::int64_t> dims = x.shape().dims();
  dims.erase(dims.begin() + axis);
  dims.insert(dims.begin() + axis, shape.begin(), shape.end());
  return reshape(x, Shape(std::move(dims)));
}

}  // namespace linseed::detail
