// The inner loops of reductions: rows of elements folded into one row.
#pragma once

#include <cstdint>

namespace linseed::kernels {

/// The elements of the longest vector that the loops use: rows of a multiple are read the fastest.
inline constexpr std::int64_t kLanes = 16;

/// The elements of a tile of such vectors, as many as hide the latency of an addition.
inline constexpr std::int64_t kTileLanes = 4 * kLanes;

/// Element i of row r is data[r · row_stride + i], for r < rows and i < width.
template <class T>
struct Rows {
  const T* data;
  std::int64_t rows;
  std::int64_t row_stride;
  std::int64_t width;
  std::int64_t ahead = 0;  // elements from a row to the one that is fetched meanwhile; 0: none
};

/// The maximum and the minimum are NaN if any element is.
enum class Fold { sum, maximum, minimum };

/// result[i] = fold(result[i], element i) for all rows in order, i < width. Sums of integers wrap.
/// T: uint8, int32, int64, uint32, float32, float64. The bits are the same on all instruction sets.
template <class T>
void fold_rows(Fold fold, const Rows<T>& rows, T* result);

/// Folds the `count` rows of `width` elements that lie one after another at `rows` into the first,
/// halves upon halves: row i and row i + count / 2, and so on. `count` is a power of two.
template <class T>
void fold_halves(Fold fold, T* rows, std::int64_t count, std::int64_t width);

/// sum[i] += d and square_sum[i] += d², where d = element i − shift[i], for all rows in order. T:
/// float32, float64. No multiply-add is fused, so the bits are the same on all instruction sets.
template <class T>
void add_shifted_rows(const Rows<T>& rows, const T* shift, T* sum, T* square_sum);

}  // namespace linseed::kernels
