// Index spaces that several operands cross with strides: the loops under element-wise kernels,
// copies and reductions.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// One dimension: its size, and how many elements each operand moves per step.
struct StridedDim {
  std::int64_t size = 1;
  std::array<std::int64_t, 3> stride{};
};

/// A row-major index space of up to three operands, outermost dimension first.
using StridedSpace = std::vector<StridedDim>;

/// Number of points of the space.
std::int64_t point_count(const StridedSpace& space);

/// Drops dimensions of size 1 and joins neighbours that every operand crosses in equal steps.
/// At least one dimension remains.
void collapse(StridedSpace& space);

/// The collapsed space of an output whose inputs broadcast to it. Operand i is input i.
StridedSpace broadcast_space(const Shape& output, std::span<const Array> inputs);

/// A rectangle of a space: rows of equal length, each row consecutive in row-major order.
struct Plane {
  std::int64_t position = 0;  // the row-major index of its first point
  std::int64_t rows = 1;
  std::int64_t length = 0;
  std::array<std::int64_t, 3> offset{};  // where each operand's first element is
  std::array<std::int64_t, 3> row_stride{};
  std::array<std::int64_t, 3> stride{};
};

/// The largest plane that starts at point `first` and does not reach `last`.
Plane plane_at(const StridedSpace& space, std::int64_t first, std::int64_t last);

/// Planes one after the other.
struct Planes {
  Plane first;
  std::int64_t count = 1;
  std::array<std::int64_t, 3> stride{};  // of each operand, from one to the next
};

/// That plane and those behind it that lie in equal steps.
Planes planes_at(const StridedSpace& space, std::int64_t first, std::int64_t last);

/// Covers the points [first, last) of a space with planes, in row-major order.
template <class Visit>
void walk(const StridedSpace& space, std::int64_t first, std::int64_t last, const Visit& visit) {
  while (first < last) {
    auto [plane, count, stride] = planes_at(space, first, last);
    const std::int64_t points = plane.rows * plane.length;
    for (; count > 0; --count) {
      visit(std::as_const(plane));
      first += points;
      plane.position = first;
      for (std::size_t k = 0; k < stride.size(); ++k) plane.offset[k] += stride[k];
    }
  }
}

/// Calls visit(offset of each operand) for all points of a space, in row-major order.
template <class Visit>
void for_each_point(const StridedSpace& space, const Visit& visit) {
  walk(space, 0, point_count(space), [&](const Plane& plane) {
    for (std::int64_t row = 0; row < plane.rows; ++row) {
      for (std::int64_t i = 0; i < plane.length; ++i) {
        std::array<std::int64_t, 3> offset = plane.offset;
        for (std::size_t k = 0; k < offset.size(); ++k) {
          offset[k] += row * plane.row_stride[k] + i * plane.stride[k];
        }
        visit(offset);
      }
    }
  });
}

/// The space of all dimensions but the last.
StridedSpace without_last(StridedSpace space);

/// Makes the innermost dimension of at least `enough` points the last one, or else the longest.
void move_long_one_last(StridedSpace& space, std::int64_t enough);

inline constexpr std::int64_t kBlockSize = 4096;  // points: 16 KiB of float32, half of an L1 cache

/// to[i · to_stride] = from[i · from_stride] for i < length.
template <class T>
void copy_row(std::int64_t length, T* to, std::int64_t to_stride, const T* from,
              std::int64_t from_stride) {
  if (to_stride == 1 && from_stride == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(length) * sizeof(T));
  } else if (to_stride == 1 && from_stride == 0) {
    std::fill_n(to, length, *from);
  } else {
    for (std::int64_t i = 0; i < length; ++i) to[i * to_stride] = from[i * from_stride];
  }
}

/// Covers a space with planes on several threads; `cost` is the work of one point.
template <class Visit>
void for_each_plane(const KernelCall& call, const StridedSpace& space, double cost,
                    const Visit& visit) {
  const std::int64_t size = point_count(space);
  if (size == 0) return;
  const std::int64_t blocks = (size + kBlockSize - 1) / kBlockSize;
  const double block_cost = cost * static_cast<double>(std::min(size, kBlockSize));
  call.parallel_for(blocks, block_cost, [&](std::int64_t begin, std::int64_t end) {
    walk(space, begin * kBlockSize, std::min(end * kBlockSize, size), visit);
  });
}

/// Calls body(0), …, body(count − 1), which touch different memory or each only its own. The
/// compiler is told so, because an output in the memory of an input would make its overlap check
/// choose the scalar loop.
template <class Body>
[[gnu::always_inline]] inline void independent_loop(std::int64_t count, Body body) {
#if defined(__clang__)
#pragma clang loop vectorize(assume_safety)
#else
#pragma GCC ivdep
#endif
  for (std::int64_t i = 0; i < count; ++i) body(i);
}

}  // namespace linseed::kernels
