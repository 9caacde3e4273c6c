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

  /// Where the first element of the window lies at its position `i` along dimension `d`.
  std::int64_t start(std::size_t d, std::int64_t i) const { return i * stride[d] - pad_low[d]; }

  static constexpr auto tree =
      fields<&Window::stride, &Window::pad_low, &Window::pad_high, &Window::dilation>;
  bool operator==(const Window&) const = default;
};

/// Places [begin, end) of a window along one dimension.
struct Places {
  std::int64_t begin;
  std::int64_t end;
};

/// The places inside [0, size) of a window of `extent` elements, `dilation` apart, whose first one
/// lies at `start`.
inline Places places_inside(std::int64_t start, std::int64_t extent, std::int64_t size,
                            std::int64_t dilation = 1) {
  // How many places begin before `end`.
  const auto places_before = [=](std::int64_t end) {
    const std::int64_t room = end - start;
    return room <= 0 ? 0 : dilation == 1 ? room : (room + dilation - 1) / dilation;
  };
  const std::int64_t begin = std::min(places_before(0), extent);
  return {begin, std::clamp(places_before(size), begin, extent)};
}

/// A window and what it slides over: an image [input_size…, channels] to [output…, channels].
struct WindowGrid {
  Window window;
  Spatial window_size;
  Spatial input_size;
  std::int64_t output_height;
  std::int64_t output_width;

  std::int64_t places() const { return volume(window_size); }
  std::int64_t pixels() const { return volume(input_size); }
};

/// Output rows [begin, end), counted over depth and height together.
struct RowBand {
  std::int64_t begin;
  std::int64_t end;
};

/// The window at one output position: where its first place lies, and which are inside the image.
struct PlacedWindow {
  Spatial start;
  std::array<Places, 3> inside;
};

inline void place_window(const WindowGrid& grid, std::size_t d, std::int64_t i, PlacedWindow& at) {
  at.start[d] = grid.window.start(d, i);
  at.inside[d] =
      places_inside(at.start[d], grid.window_size[d], grid.input_size[d], grid.window.dilation[d]);
}

/// Calls visit(placed window) at each output position of the band, in row-major order.
template <class Visit>
void for_each_position(const WindowGrid& grid, RowBand band, Visit visit) {
  PlacedWindow at{};
  for (std::int64_t row = band.begin; row < band.end; ++row) {
    place_window(grid, 0, row / grid.output_height, at);
    place_window(grid, 1, row % grid.output_height, at);
    for (std::int64_t column = 0; column < grid.output_width; ++column) {
      place_window(grid, 2, column, at);
      visit(at);
    }
  }
}

/// The pixel of the image at places p and q of the window along depth and height, and at the
/// window's first column.
inline std::int64_t first_pixel(const WindowGrid& grid, const PlacedWindow& at, std::int64_t p,
                                std::int64_t q) {
  const std::int64_t plane = at.start[0] + p * grid.window.dilation[0];
  const std::int64_t row = at.start[1] + q * grid.window.dilation[1];
  return row_major(grid.input_size, {plane, row, at.start[2]});
}

/// Calls visit(place, pixel) for the places of a window inside the image, in row-major order: their
/// numbers inside the window, and the pixels of the image where they lie.
template <class Visit>
inline void for_each_place(const WindowGrid& grid, const PlacedWindow& at, Visit visit) {
  const std::int64_t step = grid.window.dilation[2];
  for (std::int64_t p = at.inside[0].begin; p < at.inside[0].end; ++p) {
    for (std::int64_t q = at.inside[1].begin; q < at.inside[1].end; ++q) {
      const std::int64_t pixel = first_pixel(grid, at, p, q);
      const std::int64_t place = row_major(grid.window_size, {p, q, 0});
      for (std::int64_t r = at.inside[2].begin; r < at.inside[2].end; ++r) {
        visit(place + r, pixel + r * step);
      }
    }
  }
}

}  // namespace linseed::kernels
