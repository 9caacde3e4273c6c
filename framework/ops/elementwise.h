// Element-wise operations. Operands broadcast as in NumPy and meet in the promoted dtype.
#pragma once

#include <linseed/framework/ops/operand.h>

namespace linseed {

// Arithmetic. bool operands of + - * / become int32 (float32 for /).
Tensor add(const Operand& a, const Operand& b);
Tensor subtract(const Operand& a, const Operand& b);
Tensor multiply(const Operand& a, const Operand& b);
Tensor divide(const Operand& a, const Operand& b);        // of integers: in float32
Tensor floor_divide(const Operand& a, const Operand& b);  // ⌊a / b⌋; an integer over 0 gives 0
Tensor maximum(const Operand& a, const Operand& b);       // NaN if either is
Tensor minimum(const Operand& a, const Operand& b);
Tensor pow(const Operand& base, const Operand& exponent);

inline Tensor operator+(const Operand& a, const Operand& b) { return add(a, b); }
inline Tensor operator-(const Operand& a, const Operand& b) { return subtract(a, b); }
inline Tensor operator*(const Operand& a, const Operand& b) { return multiply(a, b); }
inline Tensor operator/(const Operand& a, const Operand& b) { return divide(a, b); }

Tensor negative(const Tensor& x);
inline Tensor operator-(const Tensor& x) { return negative(x); }
Tensor abs(const Tensor& x);
Tensor sign(const Tensor& x);  // −1, 0 or 1; derivative 0

// Functions of floating tensors; an integer or bool tensor is converted to float32 first.
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor rsqrt(const Tensor& x);  // 1 / √x
Tensor tanh(const Tensor& x);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor erf_inv(const Tensor& x);  // the inverse of the error function

// Comparison; the result is bool.
Tensor equal(const Operand& a, const Operand& b);
Tensor not_equal(const Operand& a, const Operand& b);
Tensor less(const Operand& a, const Operand& b);
Tensor less_equal(const Operand& a, const Operand& b);
inline Tensor operator<(const Operand& a, const Operand& b) { return less(a, b); }
inline Tensor operator<=(const Operand& a, const Operand& b) { return less_equal(a, b); }
inline Tensor operator>(const Operand& a, const Operand& b) { return less(b, a); }
inline Tensor operator>=(const Operand& a, const Operand& b) { return less_equal(b, a); }

// Logic on bool tensors; others are compared with 0 first.
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& x);

/// condition ? a : b, element by element. `condition` is bool, or compared with 0 first.
Tensor where(const Tensor& condition, const Operand& a, const Operand& b);

/// The elements converted. To bool: x ≠ 0. Floating to integer: towards zero, saturating.
Tensor astype(const Tensor& x, DType dtype);

/// x, through which no derivative flows.
Tensor stop_gradient(const Tensor& x);

/// x as a node of its own, so that a derivative can be taken with respect to it.
Tensor identity(const Tensor& x);

/// True where x is neither infinite nor NaN.
Tensor is_finite(const Tensor& x);

}  // namespace linseed
