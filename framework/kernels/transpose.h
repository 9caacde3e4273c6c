// Matrices turned over in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace linseed::kernels {

/// Four rows of four elements, in registers: vectors of the compiler, since those of 16 bytes are
/// in every instruction set and nothing has to be dispatched.
template <class T>
void transpose_4x4(const T* from, std::int64_t from_row, T* to, std::int64_t to_row) {
  using Four [[gnu::vector_size(4 * sizeof(T))]] = T;
  Four in[4];
  for (int i = 0; i < 4; ++i) std::memcpy(&in[i], from + i * from_row, sizeof(Four));
  const Four low01 = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5);
  const Four low23 = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5);
  const Four high01 = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7);
  const Four high23 = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);
  const Four out[4] = {__builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                       __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
                       __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
                       __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
  for (int j = 0; j < 4; ++j) std::memcpy(to + j * to_row, &out[j], sizeof(Four));
}

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
      std::int64_t i = i0;
      for (; i + 4 <= i1; i += 4) {
        std::int64_t j = j0;
        for (; j + 4 <= j1; j += 4) {
          transpose_4x4(from + i * from_row + j, from_row, to + j * to_row + i, to_row);
        }
        for (; j < j1; ++j) {
          for (std::int64_t k = i; k < i + 4; ++k) to[j * to_row + k] = from[k * from_row + j];
        }
      }
      for (; i < i1; ++i) {
        for (std::int64_t j = j0; j < j1; ++j) to[j * to_row + i] = from[i * from_row + j];
      }
    }
  }
}

}  // namespace linseed::kernels
