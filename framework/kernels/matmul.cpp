// Batched matrix products: finds the matrices of each batch index and multiplies them by blocks of
// the output.
#include <linseed/framework/kernels/matmul.h>

#include <algorithm>

#include <linseed/framework/core/buffer.h>
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

/// The batch of products [m, k] · [k, n] to compute.
struct Products {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
  std::int64_t count;
  bool is_joined;  // all matrices of a are one tall matrix, under the single matrix b
};

Products find_products(const MatmulAttributes& attributes, const Shape& a, const Shape& b,
                       const Shape& output) {
  const std::int64_t depth = a[attributes.transpose_a ? a.ndim() - 2 : a.ndim() - 1];
  Products result{output[output.ndim() - 2], output[output.ndim() - 1], depth, matrix_count(output),
                  false};
  // [batch, time, in] · [in, out] is one product, however short the time.
  if (!attributes.transpose_a && matrix_count(b) == 1 && matrix_count(a) == result.count) {
    result.m *= result.count;
    result.count = 1;
    result.is_joined = true;
  }
  return result;
}

/// The matrices [k, n] of b as sums of products read them: by rows, in whole vectors.
template <class T>
class RowsOfB {
 public:
  RowsOfB(const KernelCall& call, const Products& products, const Array& b, bool transposed)
      : turned_(transposed ? static_cast<std::size_t>(b.size()) * sizeof(T) : 0),
        rows_(call, transposed ? turn(call, products, b) : b.as<T>(),
              matrix_count(b.shape) * products.k, products.n, products.n) {}

  const T* data() const { return rows_.data(); }

 private:
  /// b turned over, a piece of its columns at a time.
  const T* turn(const KernelCall& call, const Products& products, const Array& b) {
    constexpr std::int64_t kColumns = 16;  // of an item
    const std::int64_t pieces = (products.n + kColumns - 1) / kColumns;
    T* const to = static_cast<T*>(turned_.data());
    call.parallel_for(matrix_count(b.shape) * pieces, static_cast<double>(kColumns * products.k),
                      [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t item = begin; item < end; ++item) {
                          const std::int64_t matrix = item / pieces * products.k * products.n;
                          const std::int64_t column = item % pieces * kColumns;
                          transpose(std::min(kColumns, products.n - column), products.k,
                                    b.as<T>() + matrix + column * products.k, products.k,
                                    to + matrix + column, products.n);
                        }
                      });
    return to;
  }

  Buffer turned_;
  WholeVectors<T> rows_;
};

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
      0.03 * static_cast<double>(std::min(kBlockRows, p.m) * std::min(kBlockColumns, p.n) * p.k) +
      100;
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

template <class T>
void multiply_floating(const KernelCall& call) {
  const auto& attributes = call.attributes_as<MatmulAttributes>();
  const Array& a = call.inputs[0];
  const Array& b = call.inputs[1];
  const Array& output = call.outputs[0];
  if (output.size() == 0) return;
  const Products p = find_products(attributes, a.shape, b.shape, output.shape);
  const RowsOfB<T> rows(call, p, b, attributes.transpose_b);
  const std::int64_t a_row = attributes.transpose_a ? 1 : p.k;
  const std::int64_t a_column = attributes.transpose_a ? p.m : 1;
  const TermOffsets term{0, 0};
  for_each_block(call, p, [&](const Block& block) {
    SumOfProducts<T> sum{.m = block.rows,
                         .n = block.columns,
                         .depth = p.k,
                         .terms = {&term, 1},
                         .a = a.as<T>() + block.a + block.row * a_row,
                         .a_row = a_row,
                         .a_column = a_column,
                         .b = rows.data() + block.b + block.column,
                         .b_row = p.n,
                         .output = output.as<T>() + block.output + block.row * p.n + block.column,
                         .output_row = p.n,
                         .store = Store::assign};
    for (std::int64_t left = p.k; left > kDepth; left -= kDepth) {
      sum.depth = kDepth;
      sum.compute();
      sum.depth = left - kDepth;
      sum.store = Store::add;
      sum.a += kDepth * a_column;
      sum.b += kDepth * p.n;
    }
    sum.compute();
  });
}

/// Wrapping products have the same bits with and without a sign, and overflow is defined without
/// one: T is unsigned.
template <class T>
void multiply_wrapping(const KernelCall& call) {
  const auto& attributes = call.attributes_as<MatmulAttributes>();
  const Array& a = call.inputs[0];
  const Array& b = call.inputs[1];
  const Array& output = call.outputs[0];
  if (output.size() == 0) return;
  const Products p = find_products(attributes, a.shape, b.shape, output.shape);
  const std::int64_t a_row = attributes.transpose_a ? 1 : p.k;
  const std::int64_t a_column = attributes.transpose_a ? p.m : 1;
  const std::int64_t b_row = attributes.transpose_b ? 1 : p.n;
  const std::int64_t b_column = attributes.transpose_b ? p.k : 1;
  for_each_block(call, p, [&](const Block& block) {
    const T* const a_data = static_cast<const T*>(a.data) + block.a;
    const T* const b_data = static_cast<const T*>(b.data) + block.b;
    const std::int64_t end = block.column + block.columns;
    for (std::int64_t i = block.row; i < block.row + block.rows; ++i) {
      T* const sums = static_cast<T*>(output.data) + block.output + i * p.n;
      std::fill(sums + block.column, sums + end, T{0});
      for (std::int64_t k = 0; k < p.k; ++k) {
        const T factor = a_data[i * a_row + k * a_column];
        for (std::int64_t j = block.column; j < end; ++j) {
          sums[j] = static_cast<T>(sums[j] + factor * b_data[k * b_row + j * b_column]);
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
