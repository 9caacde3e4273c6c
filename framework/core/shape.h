// Shapes, axes, and the rules by which they combine.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include <linseed/framework/core/dtype.h>

namespace linseed {

/// The sizes of a tensor's dimensions, outermost first. Empty for a scalar; sizes may be 0.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims) : dims_(dims) {}
  explicit Shape(std::vector<std::int64_t> dims) : dims_(std::move(dims)) {}

  int ndim() const { return static_cast<int>(dims_.size()); }
  /// Number of elements: the product of all sizes, 1 for a scalar.
  std::int64_t size() const;

  /// Size of dimension `i`, which must lie in [0, ndim).
  std::int64_t operator[](int i) const { return dims_[static_cast<std::size_t>(i)]; }
  std::int64_t& operator[](int i) { return dims_[static_cast<std::size_t>(i)]; }

  const std::vector<std::int64_t>& dims() const { return dims_; }
  auto begin() const { return dims_.begin(); }
  auto end() const { return dims_.end(); }
  void push_back(std::int64_t dim) { dims_.push_back(dim); }

  bool operator==(const Shape&) const = default;

 private:
  std::vector<std::int64_t> dims_;
};

/// "[8,32,32,3]".
std::string to_string(const Shape& shape);

/// Which dimensions an operation works on: `-1`, `{0, 1}`, or all of them (default constructed).
/// Negative numbers count from the end.
class Axes {
 public:
  Axes() = default;
  Axes(int axis) : values_{axis}, all_(false) {}
  Axes(std::initializer_list<int> axes) : values_(axes), all_(false) {}
  explicit Axes(std::vector<int> axes) : values_(std::move(axes)), all_(false) {}

  /// The axes as dimensions in [0, ndim), ascending, for a tensor with `ndim` dimensions.
  /// Throws InvalidArgument, beginning with `who`, for an axis out of range or named twice.
  std::vector<int> resolve(int ndim, std::string_view who) const;

  bool operator==(const Axes&) const = default;

 private:
  std::vector<int> values_;
  bool all_ = true;
};

/// `axis` in [0, ndim), counting from the end when negative; InvalidArgument when out of range.
int resolve_axis(int axis, int ndim, std::string_view who);

/// Whether a reduction keeps the reduced dimensions with size 1.
enum class KeepDims : bool { no, yes };
inline constexpr KeepDims keepdims = KeepDims::yes;

/// NumPy's broadcasting of two shapes; InvalidArgument, beginning with `who`, if they do not fit.
Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view who);

/// Row-major distances, in elements, between neighbours along each dimension.
std::vector<std::int64_t> row_major_strides(const Shape& shape);

/// Shape and element type: all that is known of a tensor before it has values.
struct TensorSpec {
  Shape shape;
  DType dtype = float32;

  bool operator==(const TensorSpec&) const = default;
};

/// "[8,32,32,3] float32".
std::string to_string(const TensorSpec& spec);

/// InvalidArgument if a size is negative, or the elements are more than any memory holds.
void check_sizes(const TensorSpec& spec);

}  // namespace linseed

template <>
struct fmt::formatter<linseed::Shape> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const linseed::Shape& shape, Context& context) const {
    return fmt::formatter<std::string_view>::format(linseed::to_string(shape), context);
  }
};

template <>
struct fmt::formatter<linseed::TensorSpec> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const linseed::TensorSpec& spec, Context& context) const {
    return fmt::formatter<std::string_view>::format(linseed::to_string(spec), context);
  }
};
