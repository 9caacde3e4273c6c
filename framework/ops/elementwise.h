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
/// min(max(x, low), high). The derivative is 1 inside of the bounds, ½ on them and 0 outside.
Tensor clip(const Tensor& x, const Operand& low, const Operand& high);

inline Tensor operator+(const Operand& a, const Operand& b) { return add(a, b); }
inline Tensor operator-(const Operand& a, const Operand& b) { return subtract(a, b); }
inline Tensor operator*(const Operand& a, const Operand& b) { return multiply(a, b); }
inline Tensor operator/(const Operand& a, const Operand& b) { return divide(a, b); }

Tensor negative(const Tensor& x);
inline Tensor operator-(const Tensor& x) { return negative(x); }
Tensor abs(const Tensor& x);
Tensor sign(const Tensor& x);  // −1, 0 or 1; derivative 0
Tensor square(const Tensor& x);

// To whole numbers, in x's dtype; integers and bool stay as they are. The derivative is 0.
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
Tensor round(const Tensor& x);  // halves to the even neighbour

// Functions of floating tensors; an integer or bool tensor is converted to float32 first.
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor rsqrt(const Tensor& x);  // 1 / √x
Tensor tanh(const Tensor& x);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
Tensor expm1(const Tensor& x);    // exp(x) − 1, exact near 0
Tensor log1p(const Tensor& x);    // log(1 + x), exact near 0
Tensor erf(const Tensor& x);      // the error function, 2/√π ∫₀ˣ exp(−t²) dt
Tensor erf_inv(const Tensor& x);  // its inverse

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
