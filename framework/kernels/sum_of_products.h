// The one inner loop of dense layers and convolutions: a sum of products of matrices, one tile of
// the output in registers at a time.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace linseed::kernels {

/// Where the factors of one term begin, from the first elements of a and b.
struct TermOffsets {
  std::int64_t a;
  std::int64_t b;
};

/// How a result is stored. `stream` assigns past the caches, for what would fill them: the old
/// content is not read first. `output` and `output_row` are then multiples of a vector, and
/// finish_streams() comes before another thread may read the result.
enum class Store { assign, add, stream };

/// Waits until what this thread has streamed is in memory.
void finish_streams();

/// What will be read soon: `rows` rows of so many bytes, `stride` bytes apart. It may reach beyond
/// what is there, since it is only fetched into the second-level cache.
struct Ahead {
  const void* from = nullptr;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::int64_t stride = 0;
};

/// output [m, n] = or += Σ_t A_t · B_t, with A_t [m, depth], B_t [depth, n], for each term t:
///   A_t(i, k) = a[terms[t].a + i · a_row + k · a_column], where one of the strides is 1, or, where
///     rows come in groups, a[terms[t].a + i / group · next_group + i % group + k · a_column];
///   B_t(k, j) = b[terms[t].b + k · b_row + j]. Where n is less than a vector, vector_lanes<T>()
///     elements of each row are read; those beyond n are without influence.
/// In a convolution the terms are the places of the window. That is done `count` times; each time
/// a, b and output begin a_next, b_next and output_next further on.
template <class T>
struct SumOfProducts {
  std::int64_t m;
  std::int64_t n;
  std::int64_t depth;
  std::span<const TermOffsets> terms;
  const T* a;
  std::int64_t a_row;
  std::int64_t a_column;
  const T* b;
  std::int64_t b_row;
  T* output;
  std::int64_t output_row;
  Store store;
  std::array<Ahead, 2> ahead = {};  // fetched meanwhile, one after the other
  std::int64_t count = 1;
  std::int64_t a_next = 0;
  std::int64_t b_next = 0;
  std::int64_t output_next = 0;
  std::int64_t group = 0;  // rows that lie side by side, of which m is a multiple; 0: see a_row
  std::int64_t next_group = 0;

  /// Groups of more rows fill the registers on their own.
  static constexpr std::int64_t kLargestGroup = 9;

  /// Computes it, serially. Each element is one chain of fused multiply-adds over all terms and
  /// depths in order, from 0: its bits do not depend on m, n or where a tile ends. Instruction sets
  /// with fused multiply-add agree bit for bit; SSE4 rounds each product.
  void compute() const;
};

/// The elements of a vector of the instruction set in use.
template <class T>
std::int64_t vector_lanes();

/// The work of m · n · depth products, in ns: columns count in whole vectors.
template <class T>
double cost_of_products(std::int64_t m, std::int64_t n, std::int64_t depth);

}  // namespace linseed::kernels
