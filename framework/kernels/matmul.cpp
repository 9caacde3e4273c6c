// Batched matrix products: finds the matrices of each batch index and multiplies them in panels.
#include <linseed/framework/kernels/matmul.h>

#include <algorithm>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/matrix_product.h>

namespace linseed::kernels {
namespace {

/// Rows of the output computed as one item. Fixed, so that the bits do not depend on threads.
constexpr std::int64_t kPanelRows = 64;

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

/// The batch of products to compute.
struct Products {
  ProductSize size;
  std::int64_t count;
  bool is_joined;  // all matrices of a are one tall matrix, under the single matrix b
};

Products find_products(const MatmulAttributes& attributes, const Shape& a, const Shape& b,
                       const Shape& output) {
  const std::int64_t depth = a[attributes.transpose_a ? a.ndim() - 2 : a.ndim() - 1];
  Products result{
      {output[output.ndim() - 2], output[output.ndim() - 1], depth}, matrix_count(output), false};
  // [batch, time, in] · [in, out] is one product, however short the time.
  if (!attributes.transpose_a && matrix_count(b) == 1 && matrix_count(a) == result.count) {
    result.size.m *= result.count;
    result.count = 1;
    result.is_joined = true;
  }
  return result;
}

template <class T>
void multiply_matrices(const KernelCall& call) {
  const auto& attributes = call.attributes_as<MatmulAttributes>();
  const Array& a = call.inputs[0];
  const Array& b = call.inputs[1];
  const Array& output = call.outputs[0];
  if (output.size() == 0) return;
  const Products products = find_products(attributes, a.shape, b.shape, output.shape);
  const ProductSize& size = products.size;
  const std::int64_t a_row_stride = attributes.transpose_a ? size.m : size.k;
  const std::int64_t b_row_stride = attributes.transpose_b ? size.k : size.n;

  const auto multiply_panel = [&](std::int64_t index, std::int64_t row) {
    std::int64_t a_index = 0;
    std::int64_t b_index = 0;
    if (!products.is_joined) {
      a_index = broadcast_matrix(a.shape, output.shape, index);
      b_index = broadcast_matrix(b.shape, output.shape, index);
    }
    const T* a_panel = static_cast<const T*>(a.data) + a_index * size.m * size.k +
                       (attributes.transpose_a ? row : row * size.k);
    const T* b_data = static_cast<const T*>(b.data) + b_index * size.k * size.n;
    T* output_panel = static_cast<T*>(output.data) + (index * size.m + row) * size.n;
    matrix_product<T>({std::min(kPanelRows, size.m - row), size.n, size.k},
                      {a_panel, a_row_stride, attributes.transpose_a},
                      {b_data, b_row_stride, attributes.transpose_b}, {output_panel, size.n},
                      Store::assign);
  };

  const std::int64_t panels = (size.m + kPanelRows - 1) / kPanelRows;
  const double cost = static_cast<double>(std::min(kPanelRows, size.m) * size.n) *
                      (1 + 0.1 * static_cast<double>(size.k));
  call.parallel_for(products.count * panels, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      multiply_panel(item / panels, item % panels * kPanelRows);
    }
  });
}

}  // namespace

void matmul(const KernelCall& call) {
  switch (call.outputs[0].dtype) {
    case float32: return multiply_matrices<float>(call);
    case float64: return multiply_matrices<double>(call);
    // Wrapping products have the same bits with and without a sign, and overflow is defined
    // without one.
    case uint8: return multiply_matrices<std::uint8_t>(call);
    case int32:
    case uint32: return multiply_matrices<std::uint32_t>(call);
    case int64: return multiply_matrices<std::uint64_t>(call);
    case bool_:
    case bfloat16:
    case float16: break;
  }
  throw InternalError("matmul: dtype {} should have been ruled out by the op",
                      call.outputs[0].dtype);
}

}  // namespace linseed::kernels
