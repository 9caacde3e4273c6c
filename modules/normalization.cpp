#include <linseed/modules/normalization_internal.h>

#include <linseed/framework/module/frame.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>

namespace linseed::nn {

Tensor normalization_input(const Tensor& x, float epsilon, DType dtype, std::string_view who) {
  if (!(epsilon >= 0)) throw InvalidArgument("{}: epsilon {} is negative", who, epsilon);
  if (!is_floating(dtype)) throw InvalidArgument("{}: dtype {} is not floating", who, dtype);
  return astype(x, promote(float32, dtype));
}

Tensor scale_and_shift(Tensor x, const Affine& affine, const Shape& shape, const Shape& beside,
                       DType dtype) {
  const auto parameter = [&](std::string_view name, const Initializer& initializer) {
    return reshape(astype(param(name, shape, initializer), dtype), beside);
  };
  if (affine.scale) x = x * parameter("scale", affine.scale_init);
  if (affine.bias) x = x + parameter("bias", affine.bias_init);
  return x;
}

Tensor scale_and_shift(const Tensor& x, const Affine& affine, const Axes& axis, DType dtype) {
  Shape shape;
  Shape beside(std::vector<std::int64_t>(static_cast<std::size_t>(x.ndim()), 1));
  for (const int i : axis.resolve(x.ndim(), "normalization")) {
    shape.push_back(x.dim(i));
    beside[i] = x.dim(i);
  }
  return scale_and_shift(x, affine, shape, beside, dtype);
}

}  // namespace linseed::nn
