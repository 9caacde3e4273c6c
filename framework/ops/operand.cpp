#include <linseed/framework/ops/operand.h>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed {

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
  return {a.as(dtype), b.as(dtype)};
}

}  // namespace linseed
