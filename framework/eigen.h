// The bridge to Eigen: tensors seen as matrices, and matrices copied into tensors. It is the only
// header of linseed that includes Eigen, and linseed.h leaves it out.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include <Eigen/Core>

#include <linseed/framework/core/error.h>
#include <linseed/framework/core/tensor.h>

namespace linseed {

/// What Eigen can compute with. A half is storage alone, so is a tensor of them: astype(x, float32)
/// first.
template <class T>
concept EigenElement = Element<T> && !HalfElement<T>;

/// The Eigen matrix, row-major as tensors are; the array likewise, for element-wise arithmetic.
/// (Eigen has no row-major column vector, hence the storage order of `EigenVector`.)
template <EigenElement T>
using EigenMatrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <EigenElement T>
using EigenArray = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <EigenElement T>
using EigenVector = Eigen::Matrix<T, Eigen::Dynamic, 1>;

/// A Map over the elements of a tensor that keeps them alive: it may outlive the tensor it was made
/// from, and costs a handle. A `Map` copied out of it, or an expression that is not evaluated, is
/// valid only while this (or a copy of the tensor) lives.
template <class Plain>
class TensorMap : public Eigen::Map<const Plain> {
 public:
  using Base = Eigen::Map<const Plain>;
  using Value = typename Plain::Scalar;

  TensorMap(Tensor tensor, Eigen::Index rows, Eigen::Index columns)
      : Base(tensor.data<Value>().data(), rows, columns), tensor_(std::move(tensor)) {}

  const Tensor& tensor() const { return tensor_; }

 private:
  Tensor tensor_;
};

namespace detail {

template <class Plain>
TensorMap<Plain> eigen_map(const Tensor& tensor, const char* function) {
  constexpr bool kVector = Plain::ColsAtCompileTime == 1;
  const int ndim = tensor.ndim();
  if (kVector ? ndim != 1 : (ndim != 1 && ndim != 2)) {
    throw InvalidArgument("{}: a tensor of {} has no such view, {} is given; reshape it first",
                          function, kVector ? "1 dimension" : "1 or 2 dimensions", tensor.shape());
  }
  if (ndim == 2) return {tensor, tensor.dim(0), tensor.dim(1)};
  if (kVector) return {tensor, tensor.dim(0), 1};
  return {tensor, 1, tensor.dim(0)};
}

}  // namespace detail

/// The elements of a tensor as an Eigen matrix: [rows, columns] as it is, [n] as one row.
/// Evaluates; nothing is copied. InvalidArgument if the tensor has another number of dimensions,
/// another dtype than T's, or is traced.
template <EigenElement T>
TensorMap<EigenMatrix<T>> as_matrix(const Tensor& tensor) {
  return detail::eigen_map<EigenMatrix<T>>(tensor, "as_matrix");
}

/// The same as an Eigen array, whose `*` is element-wise.
template <EigenElement T>
TensorMap<EigenArray<T>> as_array(const Tensor& tensor) {
  return detail::eigen_map<EigenArray<T>>(tensor, "as_array");
}

/// The elements of a 1-d tensor [n] as an Eigen column vector. Errors as above.
template <EigenElement T>
TensorMap<EigenVector<T>> as_vector(const Tensor& tensor) {
  return detail::eigen_map<EigenVector<T>>(tensor, "as_vector");
}

/// A tensor with the values of an Eigen matrix, array or expression, copied: [n] if it is a vector
/// at compile time, otherwise [rows, columns]. Whatever its storage order, the tensor is row-major.
template <class Derived>
Tensor from_eigen(const Eigen::DenseBase<Derived>& values) {
  using Value = typename Derived::Scalar;
  static_assert(EigenElement<Value>, "from_eigen: no dtype has this C++ type");
  using Plain = Eigen::Array<Value, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Plain plain(values.rows(), values.cols());
  // An Array takes a Matrix only as one.
  if constexpr (std::is_base_of_v<Eigen::MatrixBase<Derived>, Derived>) {
    plain.matrix() = values.derived();
  } else {
    plain = values.derived();
  }
  const std::span<const Value> elements(plain.data(), static_cast<std::size_t>(plain.size()));
  if constexpr (Derived::IsVectorAtCompileTime) {
    return Tensor::from(elements, {plain.size()});
  } else {
    return Tensor::from(elements, {plain.rows(), plain.cols()});
  }
}

}  // namespace linseed
