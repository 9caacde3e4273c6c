#include <linseed/modules/resize.h>

#include <algorithm>
#include <cmath>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>

namespace linseed::nn {
namespace {

void check_sizes(const Tensor& x, const Shape& size, std::string_view who, std::string_view what) {
  if (x.ndim() < 3 || size.ndim() != x.ndim() - 2) {
    throw InvalidArgument(
        "{}: x [n,spatial…,c] and one number for each spatial dimension were expected, got {} "
        "and {} {}",
        who, x.spec(), what, size);
  }
  if (std::ranges::any_of(size, [](std::int64_t number) { return number < 1; })) {
    throw InvalidArgument("{}: {} {} must be at least 1 in each dimension", who, what, size);
  }
  for (int i = 1; i < x.ndim() - 1; ++i) {
    if (x.dim(i) == 0) throw InvalidArgument("{}: {} has no pixels", who, x.spec());
  }
}

Tensor indices(const std::vector<std::int32_t>& values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

Tensor nearest_along(const Tensor& x, int axis, std::int64_t size) {
  std::vector<std::int32_t> pixels;
  for (std::int64_t i = 0; i < size; ++i) {
    // ⌊(i + ½) · d / m⌋ in whole numbers.
    pixels.push_back(static_cast<std::int32_t>((2 * i + 1) * x.dim(axis) / (2 * size)));
  }
  return take(x, indices(pixels), axis);
}

Tensor linear_along(const Tensor& x, int axis, std::int64_t size) {
  const std::int64_t old = x.dim(axis);
  if (size < old) {
    throw InvalidArgument(
        "resize: linear interpolation of {} cannot make the size {} of dimension {} smaller, {}; "
        "use avg_pool",
        x.spec(), old, axis, size);
  }
  std::vector<std::int32_t> left, right;
  std::vector<double> weights;  // of the right pixel
  for (std::int64_t i = 0; i < size; ++i) {
    const double ratio = static_cast<double>(old) / static_cast<double>(size);
    const double place =
        std::clamp((static_cast<double>(i) + 0.5) * ratio - 0.5, 0.0, static_cast<double>(old - 1));
    const double floor = std::floor(place);
    left.push_back(static_cast<std::int32_t>(floor));
    right.push_back(static_cast<std::int32_t>(std::ceil(place)));
    weights.push_back(place - floor);
  }
  Shape beside(std::vector<std::int64_t>(static_cast<std::size_t>(x.ndim()), 1));
  beside[axis] = size;
  const Tensor weight = astype(Tensor::from(weights, beside), x.dtype());
  return take(x, indices(left), axis) * (1 - weight) + take(x, indices(right), axis) * weight;
}

}  // namespace

Tensor resize(const Tensor& x, const Shape& size, Interpolation method) {
  check_sizes(x, size, "resize", "sizes");
  if (method == Interpolation::linear && !is_floating(x.dtype())) {
    throw InvalidArgument("resize: linear interpolation needs a floating tensor, got {}", x.spec());
  }
  Tensor y = x;
  for (int i = 0; i < size.ndim(); ++i) {
    if (size[i] == x.dim(i + 1)) continue;
    y = method == Interpolation::nearest ? nearest_along(y, i + 1, size[i])
                                         : linear_along(y, i + 1, size[i]);
  }
  return y;
}

Tensor upsample(const Tensor& x, const Shape& factors, Interpolation method) {
  check_sizes(x, factors, "upsample", "factors");
  Shape size = factors;
  for (int i = 0; i < size.ndim(); ++i) size[i] *= x.dim(i + 1);
  return resize(x, size, method);
}

}  // namespace linseed::nn
