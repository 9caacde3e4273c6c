#include <linseed/framework/ops/operand.h>

#include <cmath>
#include <type_traits>
#include <utility>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed {

// Where the whole parts of the two forms differ, the number is NaN or beyond int64.
bool Operand::fits(DType dtype) const {
  return visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_same_v<T, bool> || is_floating(dtype_of<T>()))
      return true;
    else
      return static_cast<double>(integer_) == std::trunc(floating_) && std::in_range<T>(integer_);
  });
}

DType Operand::dtype_alone() const { return is_floating_ ? float32 : int32; }

DType Operand::dtype_beside(DType other) const {
  if (!is_number_) return promote(tensor_.dtype(), other);
  if (is_floating(other) || (is_integer(other) && !is_floating_)) return other;
  return dtype_alone();
}

Tensor Operand::as(DType dtype) const {
  if (is_number_) return full({}, *this, dtype);
  return astype(tensor_, dtype);
}

std::pair<Tensor, Tensor> meet(const Operand& a, const Operand& b) {
  const auto own = [](const Operand& operand) {
    return operand.is_number() ? operand.dtype_alone() : operand.tensor().dtype();
  };
  const DType dtype = a.is_number() ? a.dtype_beside(own(b)) : b.dtype_beside(own(a));
  for (const Operand* operand : {&a, &b}) {
    if (operand->is_number() && !operand->fits(dtype)) {
      throw InvalidArgument(
          "the number {} does not fit the {} tensor it meets; convert the tensor "
          "with astype",
          operand->floating(), dtype);
    }
  }
  return {a.as(dtype), b.as(dtype)};
}

}  // namespace linseed
