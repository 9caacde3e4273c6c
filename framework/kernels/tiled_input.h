// Inputs of element-wise operations, a tile at a time.
#pragma once

#include <cstddef>

#include <linseed/framework/kernels/strided.h>

namespace linseed::kernels {

/// Elements of a tile, at most: one of each value of a usual chain stays in a first-level cache.
inline constexpr std::int64_t kTile = 1024;
/// Elements of an item of work.
inline constexpr std::int64_t kTilesPerItem = 4;

/// Elements of a tile over rows of `row`: whole rows where these are short, so that what repeats in
/// each row repeats in each tile.
inline std::int64_t tile_length(std::int64_t row) {
  return row > kTile ? kTile : kTile / row * row;
}

/// Of the last dimension.
inline std::int64_t row_length(const Shape& shape) {
  return shape.ndim() == 0 ? 1 : shape[shape.ndim() - 1];
}

/// How an input that broadcasts to a shape is read: as many elements as the shape has, in its
/// order, in tiles that begin at multiples of `step`.
class TiledInput {
 public:
  TiledInput() = default;
  TiledInput(const Shape& input, DType dtype, const Shape& shape, std::int64_t step);

  /// Whether its tiles can be read where they are, from `at(data, first)` on; all others have to be
  /// laid out.
  bool is_whole() const { return is_whole_; }
  const std::byte* at(const void* data, std::int64_t first) const {
    return static_cast<const std::byte*>(data) + first * bytes_;
  }

  /// Whether a tile that is laid out serves for all others, as far as they are not longer.
  bool is_same_in_each_tile() const { return is_same_in_each_tile_; }
  /// Writes the elements [first, last) to `out`.
  void lay_out(const void* data, std::int64_t first, std::int64_t last, std::byte* out) const;

 private:
  std::int64_t bytes_ = 0;  // of an element
  bool is_whole_ = true;
  bool is_same_in_each_tile_ = false;
  StridedSpace space_;  // of one that is not whole
};

}  // namespace linseed::kernels
