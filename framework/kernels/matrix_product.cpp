// Matrix products: Eigen's for floating types, a plain loop for the rest.
#include <linseed/framework/kernels/matrix_product.h>

// Threads are the caller's business.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>

#include <algorithm>
#include <concepts>

namespace linseed::kernels {
namespace {

/// At most this many terms are summed before they are added to the output. Eigen cuts the sum too,
/// by the size of the machine's cache; a cut smaller than any of its own keeps the bits the same
/// for a cache of any size.
constexpr std::int64_t kDepth = 384;

template <class T>
void add_plain_product(ProductSize size, Factor<T> a, Factor<T> b, Target<T> output) {
  const std::int64_t a_row = a.transposed ? 1 : a.row_stride;
  const std::int64_t a_column = a.transposed ? a.row_stride : 1;
  const std::int64_t b_row = b.transposed ? 1 : b.row_stride;
  const std::int64_t b_column = b.transposed ? b.row_stride : 1;
  for (std::int64_t i = 0; i < size.m; ++i) {
    T* output_row = output.data + i * output.row_stride;
    for (std::int64_t k = 0; k < size.k; ++k) {
      const T scale = a.data[i * a_row + k * a_column];
      const T* terms = b.data + k * b_row;
      for (std::int64_t j = 0; j < size.n; ++j) {
        output_row[j] = static_cast<T>(output_row[j] + scale * terms[j * b_column]);
      }
    }
  }
}

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using FactorMap = Eigen::Map<const RowMajor<T>, Eigen::Unaligned, Eigen::OuterStride<>>;

template <class T>
void add_eigen_product(ProductSize size, Factor<T> a, Factor<T> b, Target<T> output) {
  const FactorMap<T> a_map(a.data, a.transposed ? size.k : size.m, a.transposed ? size.m : size.k,
                           Eigen::OuterStride<>(a.row_stride));
  const FactorMap<T> b_map(b.data, b.transposed ? size.n : size.k, b.transposed ? size.k : size.n,
                           Eigen::OuterStride<>(b.row_stride));
  Eigen::Map<RowMajor<T>, Eigen::Unaligned, Eigen::OuterStride<>> output_map(
      output.data, size.m, size.n, Eigen::OuterStride<>(output.row_stride));
  if (a.transposed && b.transposed) {
    output_map.noalias() += a_map.transpose() * b_map.transpose();
  } else if (a.transposed) {
    output_map.noalias() += a_map.transpose() * b_map;
  } else if (b.transposed) {
    output_map.noalias() += a_map * b_map.transpose();
  } else {
    output_map.noalias() += a_map * b_map;
  }
}

template <class T>
void add_product_by_depth(ProductSize size, Factor<T> a, Factor<T> b, Target<T> output) {
  const std::int64_t pieces = (size.k + kDepth - 1) / kDepth;
  const std::int64_t depth = (size.k + pieces - 1) / pieces;
  const std::int64_t a_step = a.transposed ? a.row_stride : 1;
  const std::int64_t b_step = b.transposed ? 1 : b.row_stride;
  for (std::int64_t k = 0; k < size.k; k += depth) {
    const ProductSize piece{size.m, size.n, std::min(depth, size.k - k)};
    add_eigen_product<T>(piece, {a.data + k * a_step, a.row_stride, a.transposed},
                         {b.data + k * b_step, b.row_stride, b.transposed}, output);
  }
}

}  // namespace

template <class T>
void matrix_product(ProductSize size, Factor<T> a, Factor<T> b, Target<T> output, Store store) {
  for (std::int64_t i = 0; store == Store::assign && i < size.m; ++i) {
    std::fill_n(output.data + i * output.row_stride, size.n, T{0});
  }
  if (size.m == 0 || size.n == 0 || size.k == 0) return;
  if constexpr (std::floating_point<T>) {
    add_product_by_depth(size, a, b, output);
  } else {
    add_plain_product(size, a, b, output);
  }
}

template void matrix_product(ProductSize, Factor<float>, Factor<float>, Target<float>, Store);
template void matrix_product(ProductSize, Factor<double>, Factor<double>, Target<double>, Store);
template void matrix_product(ProductSize, Factor<std::uint8_t>, Factor<std::uint8_t>,
                             Target<std::uint8_t>, Store);
template void matrix_product(ProductSize, Factor<std::uint32_t>, Factor<std::uint32_t>,
                             Target<std::uint32_t>, Store);
template void matrix_product(ProductSize, Factor<std::uint64_t>, Factor<std::uint64_t>,
                             Target<std::uint64_t>, Store);

}  // namespace linseed::kernels
