#include <linseed/framework/ops/operand.h>

#include <type_traits>
#include <utility>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed {
namespace {

/// Whether `number` is a value of an integer type.
bool fits(std::int64_t number, DType dtype) {
  return visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_same_v<T, bool> || is_floating(dtype_of<T>()))
      return true;
    else
      return std::in_range<T>(number);
  });
}

}  // namespace

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
    if (operand->is_number() && !fits(operand->integer(), dtype)) {
      throw InvalidArgument(
          "the number {} does not fit the {} tensor it meets; convert the tensor "
          "with astype",
          operand->integer(), dtype);
    }
  }
  return {a.as(dtype), b.as(dtype)};
}

}  // namespace linseed
