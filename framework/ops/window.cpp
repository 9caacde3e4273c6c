#include <linseed/framework/ops/window.h>

#include <algorithm>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/taps.h>
#include <linseed/framework/ops/window_internal.h>

namespace linseed {

Padding::Padding(const char* name) : Padding(std::string_view(name)) {}

Padding::Padding(std::string_view name) : kind_(name == "SAME" ? Kind::same : Kind::valid) {
  if (name != "SAME" && name != "VALID") {
    throw InvalidArgument(
        "padding: \"{}\" is neither \"SAME\" nor \"VALID\"; or give pairs like {}", name,
        "{{1, 1}, {1, 1}}");
  }
}

void Padding::check_spatial_dims(int spatial_dims, std::string_view who) const {
  if (kind_ == Kind::pairs && static_cast<int>(pairs_.size()) != spatial_dims) {
    throw InvalidArgument("{}: {} padding pairs for {} spatial dimensions", who, pairs_.size(),
                          spatial_dims);
  }
}

std::pair<std::int64_t, std::int64_t> Padding::resolve(int spatial_dim, std::int64_t size,
                                                       std::int64_t window, std::int64_t stride,
                                                       std::string_view who) const {
  if (window < 1 || stride < 1) {
    throw InvalidArgument("{}: window {} and stride {} must be at least 1", who, window, stride);
  }
  if (kind_ == Kind::valid) return {0, 0};
  if (kind_ == Kind::pairs) {
    const auto& pair = pairs_.at(static_cast<std::size_t>(spatial_dim));
    if (pair.first < 0 || pair.second < 0) {
      throw InvalidArgument("{}: padding ({}, {}) is negative; to leave elements out, slice x", who,
                            pair.first, pair.second);
    }
    return pair;
  }
  const std::int64_t out = (size + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((out - 1) * stride + window - size, 0);
  return {total / 2, total - total / 2};
}

Shape one_per_dimension(const Shape& given, int spatial_dims, std::string_view who,
                        std::string_view what) {
  if (given.ndim() == 0) {
    return Shape(std::vector<std::int64_t>(static_cast<std::size_t>(spatial_dims), 1));
  }
  if (given.ndim() != spatial_dims) {
    throw InvalidArgument("{}: {} {} has {} numbers for {} spatial dimensions", who, what, given,
                          given.ndim(), spatial_dims);
  }
  if (std::ranges::any_of(given, [](std::int64_t number) { return number < 1; })) {
    throw InvalidArgument("{}: {} {} must be at least 1 in each dimension", who, what, given);
  }
  return given;
}

namespace {

/// Sizes computed from these must not leave int64.
void check_magnitude(const Shape& numbers, std::string_view what, std::string_view who) {
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  for (const std::int64_t number : numbers) {
    if (number > kMost) throw InvalidArgument("{}: {} {} is beyond 2^31", who, what, number);
  }
}

}  // namespace

kernels::Window make_window(const Shape& input, const Shape& size, const Shape& strides,
                            const Shape& dilation, const Padding& padding, std::string_view who) {
  const int count = input.ndim();
  const Shape steps = one_per_dimension(strides, count, who, "strides");
  const Shape gaps = one_per_dimension(dilation, count, who, "kernel dilation");
  padding.check_spatial_dims(count, who);
  check_magnitude(size, "window", who);
  check_magnitude(steps, "strides", who);
  check_magnitude(gaps, "kernel dilation", who);
  kernels::Window window;
  for (int i = 0; i < count; ++i) {
    const std::size_t d = kernels::spatial_place(count, i);
    const std::int64_t extent = (size[i] - 1) * gaps[i] + 1;
    const auto [before, after] = padding.resolve(i, input[i], extent, steps[i], who);
    check_magnitude({before, after}, "padding", who);
    window.stride[d] = steps[i];
    window.pad_low[d] = before;
    window.pad_high[d] = after;
    window.dilation[d] = gaps[i];
  }
  return window;
}

double places_inside(const kernels::Window& window, const kernels::Spatial& input,
                     const kernels::Spatial& size) {
  const auto axes = kernels::convolution_taps(window, size, window.positions(input, size));
  double product = 1;
  for (const auto& segments : kernels::tap_segments(axes, input)) {
    std::int64_t along_one = 0;
    for (const kernels::TapSegment& segment : segments) {
      along_one += segment.size() * (segment.last_tap - segment.first_tap);
    }
    product *= static_cast<double>(along_one);
  }
  return product;
}

Shape spatial_shape(const Shape& shape, int before) {
  const auto begin = shape.begin() + before;
  return Shape(std::vector<std::int64_t>(begin, begin + (shape.ndim() - 2)));
}

}  // namespace linseed
