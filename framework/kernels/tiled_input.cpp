#include <linseed/framework/kernels/tiled_input.h>

#include <algorithm>

namespace linseed::kernels {
namespace {

/// Elements of as many bytes as Bits has; what they mean does not matter.
template <class Bits>
void copy(const StridedSpace& space, std::int64_t first, std::int64_t last, const std::byte* from,
          std::byte* to) {
  const Bits* const data = reinterpret_cast<const Bits*>(from);
  Bits* out = reinterpret_cast<Bits*>(to);
  walk(space, first, last, [&](const Plane& plane) {
    for (std::int64_t row = 0; row < plane.rows; ++row, out += plane.length) {
      const Bits* const start = data + plane.offset[0] + row * plane.row_stride[0];
      if (plane.stride[0] == 0) {
        std::fill_n(out, plane.length, *start);
      } else {
        std::copy_n(start, plane.length, out);
      }
    }
  });
}

}  // namespace

TiledInput::TiledInput(const Array& array, const Shape& shape, std::int64_t step)
    : data_(static_cast<const std::byte*>(array.data)),
      bytes_(static_cast<std::int64_t>(size_of(array.dtype))),
      space_(broadcast_space(shape, std::span(&array, 1))) {
  const StridedDim& inner = space_.back();
  const bool is_line = space_.size() == 1;
  is_whole_ = is_line && inner.stride[0] == 1;
  is_same_in_each_tile_ =
      is_line ? inner.stride[0] == 0
              : space_.size() == 2 && space_[0].stride[0] == 0 && step % inner.size == 0;
}

void TiledInput::lay_out(std::int64_t first, std::int64_t last, std::byte* out) const {
  switch (bytes_) {
    case 1: return copy<std::uint8_t>(space_, first, last, data_, out);
    case 2: return copy<std::uint16_t>(space_, first, last, data_, out);
    case 4: return copy<std::uint32_t>(space_, first, last, data_, out);
    default: return copy<std::uint64_t>(space_, first, last, data_, out);
  }
}

}  // namespace linseed::kernels
