// Batched matrix products: finds the matrices of each batch index and multiplies them by blocks of
// the output, or of parts of the depth, whose sums are then added up.
#include <linseed/framework/kernels/matmul.h>

#include <algorithm>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/matrix_blocks.h>
#include <linseed/framework/kernels/product_cut.h>
#include <linseed/framework/kernels/row_folds.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/transpose.h>
#include <linseed/framework/kernels/whole_vectors.h>

namespace linseed::kernels {
namespace {

Products products_of(const KernelCall& call) {
  return {call.inputs[0], call.inputs[1], call.outputs[0].shape,
          call.attributes_as<MatmulAttributes>()};
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

/// In the order of the depth first, then of what there is more of, rows or columns. So threads that
/// take neighbouring blocks have each their own rows or columns of the larger factor, such as a
/// layer's weights: the same ones when it is multiplied as when its gradient is computed.
template <class Multiply>
void for_each_block(const KernelCall& call, const Products& p, const ProductCut& cut,
                    const Multiply& multiply) {
  const Shape& output = call.outputs[0].shape;
  const std::int64_t of_depth = cut.rows() * cut.columns(), blocks = of_depth * cut.depths();
  const std::int64_t parts = DepthParts(p.k).count() / cut.depths();
  const double cost = 100 + cost_of_products<float>(p.m, p.n, p.k) / static_cast<double>(blocks);
  call.parallel_for(p.count * blocks, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t index = item / blocks;
      const std::int64_t depth = item % blocks / of_depth, number = item % of_depth;
      const bool by_rows = p.m > p.n;
      const std::int64_t i = by_rows ? number / cut.columns() : number % cut.rows();
      const std::int64_t j = by_rows ? number % cut.columns() : number / cut.rows();
      const auto matrix_of = [&](const Array& factor) {
        return p.is_joined ? 0 : broadcast_matrix(factor.shape, output, index);
      };
      multiply(Block{.a = matrix_of(*p.a) * p.m * p.k,
                     .b = matrix_of(*p.b) * p.k * p.n,
                     .output = index * p.m * p.n,
                     .row = cut.row(i),
                     .column = cut.column(j),
                     .rows = cut.row(i + 1) - cut.row(i),
                     .columns = cut.column(j + 1) - cut.column(j),
                     .first_part = depth * parts,
                     .last_part = (depth + 1) * parts});
    }
  });
}

template <class T>
void multiply_floating(const KernelCall& call) {
  Products p = products_of(call);
  if (call.outputs[0].size() == 0) return;
  p.turn_less();
  const WholeVectors<T> b(call, p.b->as<T>(), matrix_count(p.b->shape) * p.k, p.n,
                          p.b_row == 1 ? vector_lanes<T>() : p.n);
  T* const all = call.outputs[0].as<T>();
  if (p.is_transposed) {  // whole blocks are turned over
    return for_each_block(
        call, p, ProductCut(p.m, p.n, p.k, p.count, false), [&](const Block& block) {
          Buffer buffer(static_cast<std::size_t>(block.rows * block.columns) * sizeof(T));
          T* const transposed = static_cast<T*>(buffer.data());
          BlockProduct<T>(p, block, b.data()).compute(transposed, block.columns);
          transpose(block.rows, block.columns, transposed, block.columns,
                    all + block.output + block.column * p.m + block.row, p.m);
        });
  }
  const std::int64_t parts = DepthParts(p.k).count();
  const ProductCut cut(p.m, p.n, p.k, p.count, true);
  const std::int64_t added = parts / cut.depths();  // by the blocks that begin with the first part
  const std::int64_t size = p.count * p.m * p.n;
  Buffer buffer(static_cast<std::size_t>((parts - added) * size) * sizeof(T));
  T* const others = static_cast<T*>(buffer.data());
  for_each_block(call, p, cut, [&](const Block& block) {
    BlockProduct<T> product(p, block, b.data());
    const std::int64_t first = block.output + block.row * p.n + block.column;
    if (block.first_part == 0) return product.compute(all + first, p.n);
    for (std::int64_t i = block.first_part; i < block.last_part; ++i) {
      product.compute_part(i, others + (i - added) * size + first, p.n);
    }
  });
  if (added == parts) return;
  call.parallel_for(
      size, 0.2 * static_cast<double>(parts), [&](std::int64_t begin, std::int64_t end) {
        fold_rows(Fold::sum, Rows<T>{others + begin, parts - added, size, end - begin},
                  all + begin);
      });
}

/// Wrapping products have the same bits with and without a sign, and overflow is defined without
/// one: T is unsigned.
template <class T>
void multiply_wrapping(const KernelCall& call) {
  const Products p = products_of(call);
  if (call.outputs[0].size() == 0) return;
  for_each_block(call, p, ProductCut(p.m, p.n, p.k, p.count, false), [&](const Block& block) {
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
