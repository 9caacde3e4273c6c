// Matrix products block by block: what is multiplied, and how one block is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/matmul.h>
#include <linseed/framework/kernels/product_cut.h>
#include <linseed/framework/kernels/row_folds.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/transpose.h>

namespace linseed::kernels {

/// Product of all dimensions but the last two.
inline std::int64_t matrix_count(const Shape& shape) {
  std::int64_t count = 1;
  for (int i = 0; i + 2 < shape.ndim(); ++i) count *= shape[i];
  return count;
}

/// The batch of products [m, k] · [k, n] to compute, and how the factors lie in memory: element
/// (i, j) of a at i · a_row + j · a_column, and b likewise.
struct Products {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
  std::int64_t count;
  const Array* a;
  const Array* b;
  std::int64_t a_row, a_column;
  std::int64_t b_row, b_column;
  bool is_joined = false;      // all matrices of a are one tall matrix, under the single matrix b
  bool is_transposed = false;  // the products are the output's matrices transposed

  Products(const Array& first, const Array& second, const Shape& output,
           const MatmulAttributes& attributes)
      : a(&first), b(&second) {
    m = output[output.ndim() - 2];
    n = output[output.ndim() - 1];
    k = a->shape[a->shape.ndim() - (attributes.transpose_a ? 2 : 1)];
    count = matrix_count(output);
    a_row = attributes.transpose_a ? 1 : k;
    a_column = attributes.transpose_a ? m : 1;
    b_row = attributes.transpose_b ? 1 : n;
    b_column = attributes.transpose_b ? k : 1;
    // [batch, time, in] · [in, out] is one product, however short the time.
    if (!attributes.transpose_a && matrix_count(b->shape) == 1 && matrix_count(a->shape) == count) {
      m *= count;
      count = 1;
      is_joined = true;
    }
  }

  /// Tiles read rows of b: one that is transposed must be turned over, n · k elements, of which
  /// each serves m multiply-adds only. Where m is small, it is less work to compute bᵀ aᵀ, each
  /// element from the same products in the same order, and to turn over that and aᵀ.
  void turn_less() {
    const std::int64_t instead = m * n + (a_row == 1 ? 0 : m * k);
    if (b_row != 1 || n * k <= instead) return;
    std::swap(a, b);
    std::swap(m, n);
    std::swap(a_row, b_column);
    std::swap(a_column, b_row);
    is_transposed = true;
  }
};

/// A block of one product: where its matrices begin, its first row and column and how many, and
/// which parts of the depth.
struct Block {
  std::int64_t a = 0;
  std::int64_t b = 0;
  std::int64_t output = 0;
  std::int64_t row = 0;
  std::int64_t column = 0;
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t first_part = 0;
  std::int64_t last_part;
};

/// Columns of a that lie so many elements apart are in different pages, and often in the same few
/// lines of a cache.
inline constexpr std::int64_t kFar = 1024;

/// The matrix a of a sum whose depth is computed piece by piece. Where its columns are far from
/// each other, and read more than once, each piece is copied side by side first.
template <class T>
class NearColumns {
 public:
  explicit NearColumns(const SumOfProducts<T>& whole) : a_(whole.a), a_column_(whole.a_column) {
    if (a_column_ < kFar || whole.n <= 2 * vector_lanes<T>()) return;
    copy_.emplace(static_cast<std::size_t>(whole.depth * whole.m) * sizeof(T));
  }

  /// Lets `sum` read its depth from `first` on.
  void bring(SumOfProducts<T>& sum, std::int64_t first) {
    const T* const from = a_ + first * a_column_;
    sum.a = from;
    if (!copy_) return;
    T* const copy = static_cast<T*>(copy_->data());
    for (std::int64_t k = 0; k < sum.depth; ++k) {
      std::copy_n(from + k * a_column_, sum.m, copy + k * sum.m);
    }
    sum.a = copy;
    sum.a_column = sum.m;
  }

 private:
  const T* a_;
  std::int64_t a_column_;
  std::optional<Buffer> copy_;
};

/// The matrix b of a sum whose depth is computed piece by piece. If it is transposed in memory,
/// each piece is turned over first, of as many columns at once as fit half of a first-level cache.
template <class T>
class TurnedColumns {
 public:
  TurnedColumns(const T* b, const Products& p, const SumOfProducts<T>& whole)
      : b_(b), row_(p.b_row), column_(p.b_column), width_(whole.n) {
    if (row_ != 1) return;
    constexpr std::int64_t kElements = (16 << 10) / sizeof(T);
    const std::int64_t tile = 2 * vector_lanes<T>();
    width_ = std::max(tile, kElements / std::max<std::int64_t>(whole.depth, 1) / tile * tile);
    copy_.emplace(static_cast<std::size_t>(whole.depth * width_) * sizeof(T));
  }

  /// How many columns are brought at once, at most.
  std::int64_t width() const { return width_; }

  /// Lets `sum` read its columns from `column` on, and its depth from `first` on.
  void bring(SumOfProducts<T>& sum, std::int64_t first, std::int64_t column) {
    const T* const from = b_ + first * row_ + column * column_;
    sum.b = from;
    sum.b_row = row_;
    if (!copy_) return;
    T* const copy = static_cast<T*>(copy_->data());
    transpose(sum.n, sum.depth, from, column_, copy, width_);
    sum.b = copy;
    sum.b_row = width_;
  }

 private:
  const T* b_;
  std::int64_t row_;
  std::int64_t column_;
  std::int64_t width_;
  std::optional<Buffer> copy_;
};

/// Computes one block from the matrices of b at `b_data`.
template <class T>
class BlockProduct {
 public:
  BlockProduct(const Products& p, const Block& block, const T* b_data)
      : block_(block),
        parts_(p.k),
        sum_{.m = block.rows,
             .n = block.columns,
             .depth = std::min(kDepth, p.k),
             .terms = {&kTerm, 1},
             .a = p.a->as<T>() + block.a + block.row * p.a_row,
             .a_row = p.a_row,
             .a_column = p.a_column,
             .b = nullptr,
             .b_row = 0,
             .output = nullptr,
             .output_row = 0,
             .store = Store::assign},
        a_(sum_),
        b_(b_data + block.b + block.column * p.b_column, p, sum_) {}

  /// Part number `i` to `output`, whose rows are `output_row` apart, in chains of at most kDepth.
  void compute_part(std::int64_t i, T* output, std::int64_t output_row,
                    Store store = Store::assign) {
    const std::int64_t begin = parts_.begin(i), depth = parts_.begin(i + 1) - begin;
    const std::int64_t chains = chains_of(i);
    sum_.output_row = output_row;
    sum_.store = store;
    for (std::int64_t chain = 0; chain < chains; ++chain) {
      const std::int64_t first = begin + chain * depth / chains;
      sum_.depth = begin + (chain + 1) * depth / chains - first;
      a_.bring(sum_, first);
      for (std::int64_t column = 0; column < block_.columns; column += sum_.n) {
        sum_.n = std::min(b_.width(), block_.columns - column);
        b_.bring(sum_, first, column);
        sum_.output = output + column;
        sum_.compute();
      }
      sum_.store = Store::add;
    }
  }

  /// The sum of the block's parts in order.
  void compute(T* output, std::int64_t output_row) {
    compute_part(block_.first_part, output, output_row);
    std::optional<Buffer> buffer;
    for (std::int64_t i = block_.first_part + 1; i < block_.last_part; ++i) {
      if (chains_of(i) == 1) {
        compute_part(i, output, output_row, Store::add);
        continue;
      }
      const std::int64_t width = block_.columns;
      if (!buffer) buffer.emplace(static_cast<std::size_t>(block_.rows * width) * sizeof(T));
      T* const part = static_cast<T*>(buffer->data());
      compute_part(i, part, width);
      for (std::int64_t row = 0; row < block_.rows; ++row) {
        fold_rows(Fold::sum, Rows<T>{part + row * width, 1, 0, width}, output + row * output_row);
      }
    }
  }

 private:
  static constexpr TermOffsets kTerm{0, 0};

  std::int64_t chains_of(std::int64_t part) const {
    const std::int64_t depth = parts_.begin(part + 1) - parts_.begin(part);
    return std::max<std::int64_t>((depth + kDepth - 1) / kDepth, 1);
  }

  Block block_;
  DepthParts parts_;
  SumOfProducts<T> sum_;
  NearColumns<T> a_;
  TurnedColumns<T> b_;
};

}  // namespace linseed::kernels
