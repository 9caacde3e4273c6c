// Inputs of element-wise operations, a tile at a time.
#pragma once

#include <cstddef>

#include <linseed/framework/kernels/strided.h>

namespace linseed::kernels {

/// An input that broadcasts to a shape, as its elements are read: as many as the shape has, in its
/// order, in tiles that begin at multiples of `step`.
class TiledInput {
 public:
  TiledInput(const Array& array, const Shape& shape, std::int64_t step);

  const void* data() const { return data_; }
  /// Whether its tiles can be read where they are; all others have to be laid out.
  bool is_whole() const { return is_whole_; }
  const std::byte* at(std::int64_t first) const { return data_ + first * bytes_; }

  /// Whether a tile that is laid out serves for all others, as far as they are not longer.
  bool is_same_in_each_tile() const { return is_same_in_each_tile_; }
  /// Writes the elements [first, last) to `out`.
  void lay_out(std::int64_t first, std::int64_t last, std::byte* out) const;

 private:
  const std::byte* data_;
  std::int64_t bytes_;  // of an element
  StridedSpace space_;
  bool is_whole_;
  bool is_same_in_each_tile_;
};

}  // namespace linseed::kernels
