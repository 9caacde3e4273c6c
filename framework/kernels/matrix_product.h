// The product of two matrices in memory: the one inner loop of dense layers and convolutions.
#pragma once

#include <cstdint>

namespace linseed::kernels {

/// A factor of a product, row-major: element (i, j) lies at data[i · row_stride + j], or, where
/// `transposed`, at data[j · row_stride + i].
template <class T>
struct Factor {
  const T* data;
  std::int64_t row_stride;
  bool transposed = false;
};

/// Where a product goes, row-major: element (i, j) to data[i · row_stride + j].
template <class T>
struct Target {
  T* data;
  std::int64_t row_stride;
};

/// The sizes in [m, k] · [k, n] -> [m, n].
struct ProductSize {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
};

enum class Store : bool { assign, add };

/// output [m, n] = or += a · b. k = 0 is a product of zeros. Serial; the bits
/// depend on values and sizes, not on where the memory lies or how large the caches are.
/// T: float, double; std::uint8_t, std::uint32_t, std::uint64_t, which wrap and stand for the
/// signed types of their width as well.
template <class T>
void matrix_product(ProductSize size, Factor<T> a, Factor<T> b, Target<T> output, Store store);

}  // namespace linseed::kernels
