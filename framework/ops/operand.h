// Operands: what the arguments of an element-wise operation may be.
#pragma once

#include <concepts>
#include <utility>

#include <linseed/framework/core/tensor.h>

namespace linseed {

/// A tensor, or a number. A number is weakly typed: it takes the dtype of the tensor it meets,
/// except that a number with a fraction turns an integer tensor into float32, and any number turns
/// a bool tensor into int32 (or float32). InvalidArgument if an integer does not fit the dtype.
class Operand {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> Operand(T number)
      : floating_(static_cast<double>(number)),
        integer_(whole(number)),
        is_floating_(std::is_floating_point_v<T>) {}
  Operand(const Tensor& tensor) : tensor_(tensor), is_number_(false) {}
  /// What stands for a tensor, such as a leaf of a Tree: `params["bias"] * 2`.
  template <class T>
  requires(std::convertible_to<const T&, const Tensor&> && !std::same_as<T, Tensor>)
      Operand(const T& leaf)
      : Operand(static_cast<const Tensor&>(leaf)) {}
  Operand(const Scalar& scalar) : Operand(scalar.number()) {
    if (scalar.is_tensor()) *this = Operand(scalar.tensor());
  }

  bool is_number() const { return is_number_; }
  const Tensor& tensor() const { return tensor_; }
  double floating() const { return floating_; }
  std::int64_t integer() const { return integer_; }

  /// Whether the number is in the range of `dtype`, but for its fraction; in that of a floating
  /// type it is, rounded if need be, and in that of bool as x ≠ 0.
  bool fits(DType dtype) const;
  /// The dtype this operand would have beside an operand of dtype `other`.
  DType dtype_beside(DType other) const;
  /// The dtype of this operand among numbers only: float32 or int32.
  DType dtype_alone() const;
  /// This operand as a tensor of dtype `dtype`.
  Tensor as(DType dtype) const;

 private:
  /// `number` without its fraction; 0 where no integer is near (NaN, infinity, beyond 2⁶³).
  template <class T>
  static std::int64_t whole(T number) {
    if constexpr (std::is_floating_point_v<T>) {
      if (!(number >= T(-0x1p63) && number < T(0x1p63))) return 0;
    }
    return static_cast<std::int64_t>(number);
  }

  Tensor tensor_;
  double floating_ = 0;
  std::int64_t integer_ = 0;
  bool is_floating_ = false;
  bool is_number_ = true;
};

/// Both operands as tensors of the dtype in which they meet (see `promote`).
std::pair<Tensor, Tensor> meet(const Operand& a, const Operand& b);

}  // namespace linseed
