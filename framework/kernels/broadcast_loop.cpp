// How operands are laid out for the loops of element-wise kernels.
#include <linseed/framework/kernels/broadcast_loop.h>

#include <algorithm>
#include <cstddef>

#include <linseed/framework/kernels/strided.h>

namespace linseed::kernels {
namespace {

constexpr std::int64_t kCopied = 1024;  // elements of the output
constexpr std::int64_t kBlock = 16;

/// Copies of an operand's elements.
struct Copies {
  alignas(64) std::byte bytes[(kCopied + kBlock) * sizeof(double)];
};

/// Rows of a plane, cut to `length`, that one call of the loop computes.
struct Piece {
  std::int64_t rows;
  std::int64_t length;
};

/// One row, `rows` times. The steps of the copies double.
template <class T>
void repeat_row(T* to, const T* from, std::int64_t rows, std::int64_t length) {
  const std::int64_t size = rows * length;
  std::copy_n(from, length, to);
  for (std::int64_t done = length; done < size; done += done) {
    std::copy_n(to, std::min(done, size - done), to + done);
  }
}

/// Rows of which each is one element, `length` times. They are written in blocks of which the last
/// may reach over the end: into the next row, which is written next.
template <class T>
void spread_column(T* to, const T* from, std::int64_t row_stride, const Piece& piece) {
  for (std::int64_t row = 0; row < piece.rows; ++row) {
    T* const begin = to + row * piece.length;
    const T value = from[row * row_stride];
    for (std::int64_t i = 0; i < piece.length; i += kBlock) std::fill_n(begin + i, kBlock, value);
  }
}

/// Lays rows of an operand out one after the other. Element strides of broadcast operands are 0
/// or 1.
template <class T>
void lay_out(T* to, const T* from, std::int64_t stride, std::int64_t row_stride,
             const Piece& piece) {
  if (stride == 0 && row_stride == 0) {
    std::fill_n(to, piece.rows * piece.length, *from);
  } else if (stride == 0) {
    spread_column(to, from, row_stride, piece);
  } else if (row_stride == 0) {
    repeat_row(to, from, piece.rows, piece.length);
  } else {
    for (std::int64_t row = 0; row < piece.rows; ++row) {
      std::copy_n(from + row * row_stride, piece.length, to + row * piece.length);
    }
  }
}

/// An input of the call, as it crosses a plane.
struct Operand {
  const Array* array = nullptr;
  std::int64_t offset = 0;
  std::int64_t stride = 0;
  std::int64_t row_stride = 0;

  /// Where the elements of a piece lie one after the other: where they are, or copied. Copies made
  /// for the piece before serve again if they are the same.
  const void* elements(std::int64_t row, std::int64_t i, const Piece& piece, Copies& copies) const {
    const bool is_joined = stride == 1 && (piece.rows == 1 || row_stride == piece.length);
    const bool is_copied = !is_joined && (i > 0 || (row > 0 && row_stride == 0));
    if (is_copied) return copies.bytes;
    return visit_dtype(array->dtype, [&](auto zero) -> const void* {
      using T = decltype(zero);
      const T* const from = array->as<T>() + offset + row * row_stride + i * stride;
      if (is_joined) return from;
      lay_out(reinterpret_cast<T*>(copies.bytes), from, stride, row_stride, piece);
      return copies.bytes;
    });
  }
};

}  // namespace

void broadcast_loop(const KernelCall& call, double cost, Loop loop) {
  const Array& output = call.outputs[0];
  const auto output_bytes = static_cast<std::int64_t>(size_of(output.dtype));
  const StridedSpace space = broadcast_space(output.shape, call.inputs);
  const std::size_t count = call.inputs.size();
  for_each_plane(call, space, cost, [&](const Plane& plane) {
    std::array<Operand, 3> inputs;
    bool is_any_spread = false;
    for (std::size_t k = 0; k < count; ++k) {
      inputs[k] = {&call.inputs[k], plane.offset[k], plane.stride[k],
                   plane.rows == 1 ? 0 : plane.row_stride[k]};
      is_any_spread |= plane.stride[k] == 0;
    }
    // Short rows are joined, long ones computed one by one, in pieces if there are copies.
    const Piece largest{
        std::clamp(kCopied / plane.length, std::int64_t{1}, plane.rows),
        is_any_spread ? std::min(plane.length, kCopied) : plane.length,
    };
    std::array<Copies, 3> copies;
    Operands operands{};
    auto* to = static_cast<std::byte*>(output.data) + plane.position * output_bytes;
    for (std::int64_t row = 0; row < plane.rows; row += largest.rows) {
      for (std::int64_t i = 0; i < plane.length; i += largest.length) {
        const Piece piece{std::min(largest.rows, plane.rows - row),
                          std::min(largest.length, plane.length - i)};
        for (std::size_t k = 0; k < count; ++k) {
          operands[k] = inputs[k].elements(row, i, piece, copies[k]);
        }
        loop(piece.rows * piece.length, to, operands);
        to += piece.rows * piece.length * output_bytes;
      }
    }
  });
}

}  // namespace linseed::kernels
