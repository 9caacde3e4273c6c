#include <linseed/framework/core/shape.h>

#include <algorithm>
#include <numeric>

#include <linseed/framework/core/error.h>

namespace linseed {

std::int64_t Shape::size() const {
  return std::accumulate(dims_.begin(), dims_.end(), std::int64_t{1}, std::multiplies<>());
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (const std::int64_t dim : shape) {
    if (text.size() > 1) text += ',';
    text += std::to_string(dim);
  }
  return text += ']';
}

std::string to_string(const TensorSpec& spec) {
  return fmt::format("{} {}", to_string(spec.shape), name(spec.dtype));
}

void check_sizes(const TensorSpec& spec) {
  constexpr std::int64_t kMostBytes = std::int64_t{1} << 47;  // what a process can address
  std::int64_t room = kMostBytes / static_cast<std::int64_t>(size_of(spec.dtype));
  for (const std::int64_t dim : spec.shape) {
    if (dim < 0) throw InvalidArgument("shape {}: sizes must not be negative", spec.shape);
    if (dim > 0) room /= dim;
  }
  // A number of elements that wraps around would pass for a small one, and kernels write beyond it.
  if (room == 0) throw InvalidArgument("shape {}: too large for a tensor", spec.shape);
}

int resolve_axis(int axis, int ndim, std::string_view who) {
  if (axis < -ndim || axis >= ndim) {
    throw InvalidArgument("{}: axis {} is out of range for {} dimensions", who, axis, ndim);
  }
  return axis < 0 ? axis + ndim : axis;
}

std::vector<int> Axes::resolve(int ndim, std::string_view who) const {
  std::vector<int> axes = values_;
  if (all_) {
    axes.resize(static_cast<std::size_t>(ndim));
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (int& axis : axes) axis = resolve_axis(axis, ndim, who);
  std::sort(axes.begin(), axes.end());
  const auto twice = std::adjacent_find(axes.begin(), axes.end());
  if (twice != axes.end()) throw InvalidArgument("{}: axis {} is named twice", who, *twice);
  return axes;
}

Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view who) {
  const Shape& longer = a.ndim() >= b.ndim() ? a : b;
  const Shape& shorter = a.ndim() >= b.ndim() ? b : a;
  Shape result = longer;
  const int lead = longer.ndim() - shorter.ndim();
  for (int i = 0; i < shorter.ndim(); ++i) {
    const std::int64_t dim = shorter[i];
    std::int64_t& joint = result[lead + i];
    if (joint == 1) {
      joint = dim;
    } else if (dim != 1 && dim != joint) {
      throw InvalidArgument("{}: shapes {} and {} do not broadcast: dimension {} is {} against {}",
                            who, a, b, lead + i - longer.ndim(), a.ndim() >= b.ndim() ? joint : dim,
                            a.ndim() >= b.ndim() ? dim : joint);
    }
  }
  return result;
}

std::vector<std::int64_t> row_major_strides(const Shape& shape) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(shape.ndim()));
  std::int64_t stride = 1;
  for (int i = shape.ndim() - 1; i >= 0; --i) {
    strides[static_cast<std::size_t>(i)] = stride;
    stride *= shape[i];
  }
  return strides;
}

}  // namespace linseed
