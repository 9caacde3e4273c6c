// Batched matrix products: finds the matrices of each batch index and multiplies them by blocks of
// the output.
#include <linseed/framework/kernels/matmul.h>

#include <algorithm>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/transpose.h>
#include <linseed/framework/kernels/whole_vectors.h>

namespace linseed::kernels {
namespace {

/// The block of the output computed as one item, and the depth to which its terms are summed before
/// they are added to the output: what one such sum reads of a and b, 112 KiB of float32, stays in a
/// second-level cache, and no chain of additions is so long that its rounding adds up. The same on
/// every machine, so that the bits are. The last block of columns is up to twice as wide.
constexpr std::int64_t kBlockRows = 48;
constexpr std::int64_t kBlockColumns = 64;
constexpr std::int64_t kDepth = 256;

/// Product of all dimensions but the last two.
std::int64_t matrix_count(const Shape& shape) {
  std::int64_t count = 1;
  for (int i = 0; i + 2 < shape.ndim(); ++i) count *= shape[i];
  return count;
}

/// Which matrix of `factor` belongs to matrix `index` of `output`, under broadcasting.
std::int64_t broadcast_matrix(const Shape& factor, const Shape& output, std::int64_t index) {
  std::int64_t matrix = 0;
  std::int64_t step = 1;
  for (int i = output.ndim() - 3, j = factor.ndim() - 3; j >= 0; --i, --j) {
    if (factor[j] != 1) matrix += (index % output[i]) * step;
    index /= output[i];
    step *= factor[j];
  }
  return matrix;
}

/// The batch of products [m, k] · [k, n] to compute, and how the factors lie in memory: element
/// (i, j) of a at i · a_row + j · a_column, and b likewise.
struct Products {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
  std::int64_t count;
  std::int64_t a_row, a_column;
  std::int64_t b_row, b_column;
  bool is_joined = false;  // all matrices of a are one tall matrix, under the single matrix b

  explicit Products(const KernelCall& call) {
    const auto& attributes = call.attributes_as<MatmulAttributes>();
    const Shape& a = call.inputs[0].shape;
    const Shape& b = call.inputs[1].shape;
    const Shape& output = call.outputs[0].shape;
    m = output[output.ndim() - 2];
    n = output[output.ndim() - 1];
    k = a[attributes.transpose_a ? a.ndim() - 2 : a.ndim() - 1];
    count = matrix_count(output);
    a_row = attributes.transpose_a ? 1 : k;
    a_column = attributes.transpose_a ? m : 1;
    b_row = attributes.transpose_b ? 1 : n;
    b_column = attributes.transpose_b ? k : 1;
    // [batch, time, in] · [in, out] is one product, however short the time.
    if (!attributes.transpose_a && matrix_count(b) == 1 && matrix_count(a) == count) {
      m *= count;
      count = 1;
      is_joined = true;
    }
  }
};

/// The matrices [k, n] of b, transposed in memory, turned over: rows of n, with a vector behind.
template <class T>
WithVectorBehind<T> turned_over(const KernelCall& call, const Products& p, const Array& b) {
  constexpr std::int64_t kColumns = 16;  // of an item
  const std::int64_t pieces = (p.n + kColumns - 1) / kColumns;
  WithVectorBehind<T> rows(b.size());
  call.parallel_for(matrix_count(b.shape) * pieces, static_cast<double>(kColumns * p.k),
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t item = begin; item < end; ++item) {
                        const std::int64_t matrix = item / pieces * p.k * p.n;
                        const std::int64_t column = item % pieces * kColumns;
                        transpose(std::min(kColumns, p.n - column), p.k,
                                  static_cast<const T*>(b.data) + matrix + column * p.k, p.k,
                                  rows.data() + matrix + column, p.n);
                      }
                    });
  return rows;
}

/// A block of one product: where its matrices begin, and its first row and column and how many.
struct Block {
  std::int64_t a;
  std::int64_t b;
  std::int64_t output;
  std::int64_t row;
  std::int64_t column;
  std::int64_t rows;
  std::int64_t columns;
};

template <class Multiply>
void for_each_block(const KernelCall& call, const Products& p, const Multiply& multiply) {
  const Shape& output = call.outputs[0].shape;
  const std::int64_t row_blocks = (p.m + kBlockRows - 1) / kBlockRows;
  const std::int64_t blocks = row_blocks * std::max<std::int64_t>(p.n / kBlockColumns, 1);
  const double cost =
      100 + cost_of_products<float>(std::min(kBlockRows, p.m), std::min(kBlockColumns, p.n), p.k);
  call.parallel_for(p.count * blocks, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t index = item / blocks;
      const std::int64_t block = item % blocks;
      const auto matrix_of = [&](const Array& factor) {
        return p.is_joined ? 0 : broadcast_matrix(factor.shape, output, index);
      };
      const std::int64_t row = block % row_blocks * kBlockRows;
      const std::int64_t column = block / row_blocks * kBlockColumns;
      const bool is_last = column + 2 * kBlockColumns > p.n;
      multiply(Block{matrix_of(call.inputs[0]) * p.m * p.k, matrix_of(call.inputs[1]) * p.k * p.n,
                     index * p.m * p.n, row, column, std::min(kBlockRows, p.m - row),
                     is_last ? p.n - column : kBlockColumns});
    }
  });
}

/// `b` are rows, with a vector behind the last one.
template <class T>
void multiply_rows(const KernelCall& call, const Products& p, const T* b) {
  const T* const a = call.inputs[0].as<T>();
  T* const output = call.outputs[0].as<T>();
  const TermOffsets term{0, 0};
  for_each_block(call, p, [&](const Block& block) {
    SumOfProducts<T> sum{.m = block.rows,
                         .n = block.columns,
                         .depth = p.k,
                         .terms = {&term, 1},
                         .a = a + block.a + block.row * p.a_row,
                         .a_row = p.a_row,
                         .a_column = p.a_column,
                         .b = b + block.b + block.column,
                         .b_row = p.n,
                         .output = output + block.output + block.row * p.n + block.column,
                         .output_row = p.n,
                         .store = Store::assign};
    for (std::int64_t left = p.k; left > kDepth; left -= kDepth) {
      sum.depth = kDepth;
      sum.compute();
      sum.depth = left - kDepth;
      sum.store = Store::add;
      sum.a += kDepth * p.a_column;
      sum.b += kDepth * p.n;
    }
    sum.compute();
  });
}

template <class T>
void multiply_floating(const KernelCall& call) {
  const Products p(call);
  const Array& b = call.inputs[1];
  if (call.outputs[0].size() == 0) return;
  if (call.attributes_as<MatmulAttributes>().transpose_b) {
    multiply_rows<T>(call, p, turned_over<T>(call, p, b).data());
  } else {
    multiply_rows<T>(
        call, p, WholeVectors<T>(call, b.as<T>(), matrix_count(b.shape) * p.k, p.n, p.n).data());
  }
}

/// Wrapping products have the same bits with and without a sign, and overflow is defined without
/// one: T is unsigned.
template <class T>
void multiply_wrapping(const KernelCall& call) {
  const Products p(call);
  if (call.outputs[0].size() == 0) return;
  for_each_block(call, p, [&](const Block& block) {
    const T* const a = static_cast<const T*>(call.inputs[0].data) + block.a;
    const T* const b = static_cast<const T*>(call.inputs[1].data) + block.b;
    const std::int64_t end = block.column + block.columns;
    for (std::int64_t i = block.row; i < block.row + block.rows; ++i) {
      T* const sums = static_cast<T*>(call.outputs[0].data) + block.output + i * p.n;
      std::fill(sums + block.column, sums + end, T{0});
      for (std::int64_t k = 0; k < p.k; ++k) {
        const T factor = a[i * p.a_row + k * p.a_column];
        for (std::int64_t j = block.column; j < end; ++j) {
          sums[j] = static_cast<T>(sums[j] + factor * b[k * p.b_row + j * p.b_column]);
        }
      }
    }
  });
}

}  // namespace

void matmul(const KernelCall& call) {
  switch (call.outputs[0].dtype) {
    case float32: return multiply_floating<float>(call);
    case float64: return multiply_floating<double>(call);
    case uint8: return multiply_wrapping<std::uint8_t>(call);
    case int32:
    case uint32: return multiply_wrapping<std::uint32_t>(call);
    case int64: return multiply_wrapping<std::uint64_t>(call);
    case bool_:
    case bfloat16:
    case float16: break;
  }
  throw InternalError("matmul: dtype {} should have been ruled out by the op",
                      call.outputs[0].dtype);
}

}  // namespace linseed::kernels
