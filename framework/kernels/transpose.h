// Matrices turned over in memory.
#pragma once

#include <algorithm>
#include <cstdint>

namespace linseed::kernels {

/// to[j · to_row + i] = from[i · from_row + j] for i < rows, j < columns, block by block, so that
/// cache lines of both sides are used whole.
template <class T>
void transpose(std::int64_t rows, std::int64_t columns, const T* from, std::int64_t from_row, T* to,
               std::int64_t to_row) {
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t i0 = 0; i0 < rows; i0 += kBlock) {
    const std::int64_t i1 = std::min(rows, i0 + kBlock);
    for (std::int64_t j0 = 0; j0 < columns; j0 += kBlock) {
      const std::int64_t j1 = std::min(columns, j0 + kBlock);
      for (std::int64_t j = j0; j < j1; ++j) {
        for (std::int64_t i = i0; i < i1; ++i) to[j * to_row + i] = from[i * from_row + j];
      }
    }
  }
}

}  // namespace linseed::kernels
