#include <linseed/framework/kernels/tiled_input.h>

namespace linseed::kernels {
namespace {

/// Elements of as many bytes as Bits has; what they mean does not matter.
template <class Bits>
void copy(const StridedSpace& space, std::int64_t first, std::int64_t last, const void* from,
          std::byte* to) {
  Bits* out = reinterpret_cast<Bits*>(to);
  walk(space, first, last, [&](const Plane& plane) {
    for (std::int64_t row = 0; row < plane.rows; ++row, out += plane.length) {
      const Bits* const start =
          static_cast<const Bits*>(from) + plane.offset[0] + row * plane.row_stride[0];
      copy_row(plane.length, out, 1, start, plane.stride[0]);
    }
  });
}

}  // namespace

TiledInput::TiledInput(const Shape& input, DType dtype, const Shape& shape, std::int64_t step)
    : bytes_(static_cast<std::int64_t>(size_of(dtype))), is_whole_(input == shape) {
  if (is_whole_) return;
  const Array array{nullptr, input, dtype};
  space_ = broadcast_space(shape, std::span(&array, 1));
  const StridedDim& inner = space_.back();
  const bool is_line = space_.size() == 1;
  is_whole_ = is_line && inner.stride[0] == 1;
  is_same_in_each_tile_ =
      is_line ? inner.stride[0] == 0
              : space_.size() == 2 && space_[0].stride[0] == 0 && step % inner.size == 0;
}

void TiledInput::lay_out(const void* data, std::int64_t first, std::int64_t last,
                         std::byte* out) const {
  switch (bytes_) {
    case 1: return copy<std::uint8_t>(space_, first, last, data, out);
    case 2: return copy<std::uint16_t>(space_, first, last, data, out);
    case 4: return copy<std::uint32_t>(space_, first, last, data, out);
    default: return copy<std::uint64_t>(space_, first, last, data, out);
  }
}

}  // namespace linseed::kernels
