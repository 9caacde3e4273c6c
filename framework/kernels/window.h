// The geometry of a window that slides over one to three spatial dimensions.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <linseed/framework/core/fields.h>
#include <linseed/framework/core/shape.h>

namespace linseed::kernels {

/// A number for each spatial dimension: depth, height, width. Tensors with fewer of them lack the
/// leading ones, which then have size 1; so one loop serves all.
using Spatial = std::array<std::int64_t, 3>;

inline std::int64_t volume(const Spatial& size) { return size[0] * size[1] * size[2]; }

/// The number of an index in row-major order.
inline std::int64_t row_major(const Spatial& size, const Spatial& index) {
  return (index[0] * size[1] + index[1]) * size[2] + index[2];
}

/// Of the `count` spatial dimensions of a tensor, the place of dimension `i` in a Spatial.
inline std::size_t spatial_place(int count, int i) {
  return static_cast<std::size_t>(3 - count + i);
}

/// The spatial sizes of a shape that has `before` other dimensions in front and `after` behind:
/// 1 and 1 for data [n,spatial…,c], 0 and 2 for kernels [spatial…,c,f].
inline Spatial spatial_sizes(const Shape& shape, int before, int after) {
  const int count = shape.ndim() - before - after;
  Spatial sizes{1, 1, 1};
  for (int i = 0; i < count; ++i) sizes[spatial_place(count, i)] = shape[before + i];
  return sizes;
}

/// Appends the sizes of the `count` spatial dimensions.
inline void append_spatial(Shape& shape, const Spatial& sizes, int count) {
  for (int i = 0; i < count; ++i) shape.push_back(sizes[spatial_place(count, i)]);
}

struct Window {
  Spatial stride{1, 1, 1};
  Spatial pad_low{0, 0, 0};  // zeros before the first element
  Spatial pad_high{0, 0, 0};
  Spatial dilation{1, 1, 1};  // from one element of the window to the next

  bool has_padding() const { return pad_low != Spatial{} || pad_high != Spatial{}; }

  /// The positions of a window of `extent` elements inside `size` elements.
  Spatial positions(const Spatial& size, const Spatial& extent) const {
    Spatial result{};
    for (std::size_t d = 0; d < result.size(); ++d) {
      const std::int64_t room =
          size[d] + pad_low[d] + pad_high[d] - ((extent[d] - 1) * dilation[d] + 1);
      result[d] = room < 0 ? 0 : room / stride[d] + 1;
    }
    return result;
  }

  static constexpr auto tree =
      fields<&Window::stride, &Window::pad_low, &Window::pad_high, &Window::dilation>;
  bool operator==(const Window&) const = default;
};

}  // namespace linseed::kernels
