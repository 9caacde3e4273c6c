// One tile of a sum of products, from its first term to its store: part of each of the namespaces
// that foreach_target.h makes, so it is included once for each, after it.
//
// An element of a is addressed from one pointer for four rows, by the strides 0, row, 2 row, 3 row,
// of which the first three are addressing modes: any stride of rows costs what a fixed one would.
// Rows that are neighbours need one pointer, and where they come in groups, one for each: three
// rows of a window's three pixels are one tile, where three of three rows each would wait for their
// own sums.
//
// With AVX-512 a multiply-add reads and broadcasts an element of a itself, but only at a pointer
// and a constant is that one micro-operation: the sum of two registers makes it two, and a tile of
// one vector then waits for the decoders. So such a tile does some steps of the depth for a row,
// from one pointer, which then goes on to the next.
#if defined(LINSEED_PRODUCT_TILE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LINSEED_PRODUCT_TILE_INL_H
#undef LINSEED_PRODUCT_TILE_INL_H
#else
#define LINSEED_PRODUCT_TILE_INL_H
#endif

#include <array>
#include <cstddef>
#include <cstdint>

#include <linseed/framework/kernels/caches.h>
#include <linseed/framework/kernels/sum_of_products.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Where a tile's terms and output begin. Only its columns [first, last) are stored: all, unless it
/// is one vector wide.
template <class T>
struct Tile {
  const T* a;
  const T* b;
  T* output;
  std::int64_t first;
  std::int64_t last;
  T* panel = nullptr;
};

template <class T, int rows, int vectors>
using Accumulators = hn::Vec<hn::ScalableTag<T>>[rows][vectors];

// Loops over accumulators are unrolled, here already: their elements are registers only where each
// has a fixed number.

template <class T, int rows, int vectors>
HWY_INLINE void store(const SumOfProducts<T>& sum, const Tile<T>& tile, T* output,
                      const Accumulators<T, rows, vectors>& sums) {
  const hn::ScalableTag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  const std::int64_t row = sum.output_row;  // which a store does not change
  if (vectors == 1 && tile.last - tile.first < static_cast<std::int64_t>(lanes)) {
    HWY_ALIGN T copies[rows * hn::MaxLanes(d)];
#pragma GCC unroll 32
    for (int i = 0; i < rows; ++i) hn::Store(sums[i][0], d, copies + i * lanes);
    for (int i = 0; i < rows; ++i) {
      for (std::int64_t j = tile.first; j < tile.last; ++j) {
        T& element = output[i * row + j];
        const T value = copies[i * static_cast<std::int64_t>(lanes) + j];
        element = sum.store == Store::add ? element + value : value;
      }
    }
  } else if (sum.store == Store::add) {
#pragma GCC unroll 32
    for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) {
        T* const place = output + i * row + v * lanes;
        hn::StoreU(hn::Add(hn::LoadU(d, place), sums[i][v]), d, place);
      }
    }
  } else if (sum.store == Store::stream) {
#pragma GCC unroll 32
    for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) {
        hn::Stream(sums[i][v], d, output + i * row + v * lanes);
      }
    }
  } else {
#pragma GCC unroll 32
    for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) {
        hn::StoreU(sums[i][v], d, output + i * row + v * lanes);
      }
    }
  }
}

template <class T, int rows, int vectors>
HWY_INLINE void clear(Accumulators<T, rows, vectors>& sums) {
  const hn::ScalableTag<T> d;
#pragma GCC unroll 32
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sums[i][v] = hn::Zero(d);
  }
}

/// Fetches what is ahead, a part with each tile: all at once it would wait for memory itself.
class Fetch {
 public:
  /// `work` is that of all tiles.
  Fetch(const std::array<Ahead, 2>& ahead, std::int64_t work) : next_(ahead.begin()) {
    std::int64_t lines = 0;
    for (const Ahead& rows : ahead)
      lines += rows.rows * ((rows.bytes + kCacheLine - 1) / kCacheLine);
    rate_ = lines * kOne / work;
  }

  /// As much as a tile of so much work is of all.
  void part(std::int64_t work) {
    due_ += rate_ * work;
    for (; due_ >= kOne; due_ -= kOne) {
      while (row_ == next_->rows) {
        ++next_;
        row_ = 0;
      }
      fetch_line(static_cast<const char*>(next_->from) + row_ * next_->stride + at_);
      at_ += kCacheLine;
      if (at_ < next_->bytes) continue;
      at_ = 0;
      ++row_;
    }
  }

 private:
  static constexpr std::int64_t kOne = 1 << 16;  // a line, in units of rate_ and due_

  const Ahead* next_;
  std::int64_t row_ = 0;  // of it, ...
  std::int64_t at_ = 0;   // ... and bytes from there
  std::int64_t rate_;     // lines for a unit of work, ...
  std::int64_t due_ = 0;  // ... and those not yet fetched
};

/// Rows of a that one pointer serves, unless they are neighbours.
constexpr int kServed = 4;

/// Whether multiply-adds read and broadcast an element. A tile of one vector, not by columns, then
/// does kSteps of the depth for a row: of kAtOnce rows in turn, whose sums do not wait for each
/// other.
constexpr bool kBroadcasts = HWY_TARGET == HWY_AVX3;
constexpr int kSteps = 4, kAtOnce = 8;

/// Those steps for all rows of a tile: a's lie `row` apart, b's b_row.
template <class T, int rows>
HWY_INLINE void add_steps(const T* a, std::int64_t row, const T* b, std::int64_t b_row,
                          Accumulators<T, rows, 1>& sums) {
  const hn::ScalableTag<T> d;
  hn::Vec<decltype(d)> b_vectors[kSteps];
#pragma GCC unroll 8
  for (int step = 0; step < kSteps; ++step) b_vectors[step] = hn::LoadU(d, b + step * b_row);
#pragma GCC unroll 8
  for (int first = 0; first < rows; first += kAtOnce) {
    const T* pointers[kAtOnce];
#pragma GCC unroll 8
    for (const T*& pointer : pointers) {
      pointer = a;
      a += row;
      asm("" : "+r"(a));  // else a compiler sees the sums of registers again
    }
#pragma GCC unroll 8
    for (int step = 0; step < kSteps; ++step) {
#pragma GCC unroll 8
      for (int i = first; i < first + kAtOnce; ++i) {
        if (i >= rows) break;  // a bound of the loop would keep it from being unrolled
        const auto factor = hn::Set(d, pointers[i - first][step]);
        sums[i][0] = hn::MulAdd(factor, b_vectors[step], sums[i][0]);
      }
    }
  }
}

/// Rows of b that come from far are fetched so many before they are needed.
constexpr std::int64_t kRowsAhead = 24;

/// One tile. `by_columns`: a's rows are neighbours and its depth lies a_column apart; else its rows
/// lie a_row apart and its depth is contiguous. `copies`: what it reads of b goes to Tile::panel.
/// `group`: its rows are groups of so many, each with a pointer; 0: they are not, and it has as
/// many pointers as it needs. Those two read b from far. The tile's own a and output are those
/// given.
template <class T, int rows, int vectors, bool by_columns, bool copies, int group = 0>
HWY_INLINE void compute_tile(const SumOfProducts<T>& sum, const Tile<T>& tile, const T* first_a,
                             T* output) {
  constexpr int kRows = group != 0 ? group : by_columns ? rows : kServed;  // of a pointer
  const hn::ScalableTag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  constexpr int kPointers = (rows + kRows - 1) / kRows;
  const std::int64_t row = by_columns ? 1 : sum.a_row;
  const std::int64_t next_pointer = by_columns ? sum.next_group : kServed * row;
  const std::int64_t column = by_columns ? sum.a_column : 1;
  Accumulators<T, rows, vectors> sums;
  clear<T, rows, vectors>(sums);
  for (const TermOffsets& term : sum.terms) {
    const T* b = tile.b + term.b;
    std::int64_t k = 0;
    if constexpr (kBroadcasts && vectors == 1 && !by_columns) {
      for (; k + kSteps <= sum.depth; k += kSteps) {
        add_steps<T, rows>(first_a + term.a + k, row, b, sum.b_row, sums);
        b += kSteps * sum.b_row;
      }
    }
    const T* a[kPointers];
    for (int p = 0; p < kPointers; ++p) a[p] = first_a + term.a + p * next_pointer + k;
    [[maybe_unused]] T* panel = tile.panel;
    for (; k < sum.depth; ++k) {
      if constexpr (vectors <= 2) {
        hn::Vec<decltype(d)> b_vectors[vectors];
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v) b_vectors[v] = hn::LoadU(d, b + v * lanes);
        if constexpr (copies || group != 0) {
#pragma GCC unroll 8
          for (int v = 0; v < vectors; ++v) {
            if (v * lanes * sizeof(T) % kCacheLine != 0) continue;
            fetch_line(b + kRowsAhead * sum.b_row + v * lanes);
          }
        }
        if constexpr (copies) {
#pragma GCC unroll 8
          for (int v = 0; v < vectors; ++v) hn::Store(b_vectors[v], d, panel + v * lanes);
          panel += vectors * lanes;
        }
#pragma GCC unroll 32
        for (int i = 0; i < rows; ++i) {
          const auto factor = hn::Set(d, a[i / kRows][i % kRows * row]);
#pragma GCC unroll 8
          for (int v = 0; v < vectors; ++v) {
            sums[i][v] = hn::MulAdd(factor, b_vectors[v], sums[i][v]);
          }
        }
      } else {
        hn::Vec<decltype(d)> factors[rows];
#pragma GCC unroll 32
        for (int i = 0; i < rows; ++i) factors[i] = hn::Set(d, a[i / kRows][i % kRows * row]);
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v) {
          const auto b_vector = hn::LoadU(d, b + v * lanes);
#pragma GCC unroll 32
          for (int i = 0; i < rows; ++i) {
            sums[i][v] = hn::MulAdd(factors[i], b_vector, sums[i][v]);
          }
        }
      }
      b += sum.b_row;
      for (const T*& pointer : a) {
        pointer += column;
        if constexpr (by_columns) asm("" : "+r"(pointer));  // as in add_steps
      }
    }
  }
  store<T, rows, vectors>(sum, tile, output, sums);
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
