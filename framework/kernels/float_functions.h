// Elementary functions of vectors of float32, for the instruction set that is being compiled.
// Included once for each: after targets.h and foreach_target.h, and outside of all namespaces.
//
// Highway's own functions are accurate within their domains; what they give elsewhere is mended
// here, so that infinities, NaN, zeros and their signs are those of the C library. Each element of
// a result depends on the same element of the argument alone.
#ifndef LINSEED_KERNELS_FUNCTION
#define LINSEED_KERNELS_FUNCTION
namespace linseed::kernels {

enum class Function { exp, expm1, log, log1p, tanh, sin, cos, erf, erf_inv };

}  // namespace linseed::kernels
#endif

#if defined(LINSEED_KERNELS_FLOAT_FUNCTIONS_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LINSEED_KERNELS_FLOAT_FUNCTIONS_H
#undef LINSEED_KERNELS_FLOAT_FUNCTIONS_H
#else
#define LINSEED_KERNELS_FLOAT_FUNCTIONS_H
#endif

#include <cmath>
#include <limits>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <linseed/framework/kernels/inverse_error_function.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

HWY_INLINE Vector set(float x) { return hn::Set(Floats(), x); }

/// The function of each element.
template <Function f>
Vector value(Vector x);

/// c0 + c1 x + c2 x² + …, by Horner's rule.
template <class... Rest>
HWY_INLINE Vector polynomial(Vector x, float c0, Rest... rest) {
  if constexpr (sizeof...(rest) == 0) {
    return set(c0);
  } else {
    return hn::MulAdd(polynomial(x, rest...), x, set(c0));
  }
}

/// y where x is a number, NaN where it is none.
HWY_INLINE Vector unless_nan(Vector x, Vector y) { return hn::IfThenElse(hn::Eq(x, x), y, x); }

/// x where it is a number, else 0: Highway's functions convert to integers, which NaN has none of.
HWY_INLINE Vector number(Vector x) { return hn::IfThenElse(hn::Eq(x, x), x, hn::Zero(Floats())); }

// e⁸⁹ is beyond the greatest float32; -0 and NaN do not come out of the polynomial as they went in.
constexpr float kOverflow = 89;

template <>
HWY_INLINE Vector value<Function::exp>(Vector x) {
  return unless_nan(x, hn::Exp(Floats(), hn::Min(number(x), set(kOverflow))));
}

template <>
HWY_INLINE Vector value<Function::expm1>(Vector x) {
  const Vector y = hn::Expm1(Floats(), hn::Min(number(x), set(kOverflow)));
  return unless_nan(x, hn::CopySign(y, x));
}

/// y = log(x), put right where x is not positive, infinite or NaN.
HWY_INLINE Vector logarithm_at_border(Vector x, Vector y) {
  const Vector infinity = set(kInfinity);
  const Vector border = hn::IfThenElse(hn::Eq(x, hn::Zero(Floats())), hn::Neg(infinity),
                                       hn::IfThenElse(hn::Eq(x, infinity), infinity, set(kNaN)));
  const auto is_inside = hn::And(hn::Gt(x, hn::Zero(Floats())), hn::Lt(x, infinity));
  return hn::IfThenElse(is_inside, y, border);
}

template <>
HWY_INLINE Vector value<Function::log>(Vector x) {
  return logarithm_at_border(x, hn::Log(Floats(), x));
}

template <>
HWY_INLINE Vector value<Function::log1p>(Vector x) {
  return logarithm_at_border(hn::Add(x, set(1)), hn::Log1p(Floats(), x));
}

template <>
HWY_INLINE Vector value<Function::tanh>(Vector x) {
  return unless_nan(x, hn::Tanh(Floats(), number(x)));
}

/// y = f(x), put right where x is so large that the multiple of π taken off it is not exact: there
/// it is `library`'s value.
template <class Library>
HWY_INLINE Vector unless_large(Vector x, Vector y, Library library) {
  const Floats d;
  const auto is_small = hn::Le(hn::Abs(x), set(39000));
  if (HWY_LIKELY(hn::AllTrue(d, is_small))) return y;
  HWY_ALIGN float values[hn::MaxLanes(d)];
  hn::Store(x, d, values);
  for (float& value : values) value = library(value);
  return hn::IfThenElse(is_small, y, hn::Load(d, values));
}

template <>
HWY_INLINE Vector value<Function::sin>(Vector x) {
  const Vector y = hn::Sin(Floats(), number(x));
  const Vector with_sign_of_zero = hn::IfThenElse(hn::Eq(x, hn::Zero(Floats())), x, y);
  return unless_large(x, with_sign_of_zero, [](float value) { return std::sin(value); });
}

template <>
HWY_INLINE Vector value<Function::cos>(Vector x) {
  return unless_large(x, hn::Cos(Floats(), number(x)), [](float value) { return std::cos(value); });
}

/// erf. Below 1, x + x P(x²); from there to 4, 1 − exp(−Q(|x|)), where Q is near −log(erfc);
/// then 1. P and Q are weighted minimax fits (Lawson's algorithm) of erf(x)/x − 1 and
/// −log(erfc(x)), which erf follows within 0.02 units in the last place; rounding adds the rest.
template <>
HWY_INLINE Vector value<Function::erf>(Vector x) {
  const Vector one = set(1);
  const Vector magnitude = hn::Abs(number(x));
  const Vector inner =
      hn::MulAdd(polynomial(hn::Mul(x, x), 0.12837917F, -0.37612626F, 0.112835854F, -0.026853813F,
                            0.0051883277F, -0.00080101937F, 7.8538615e-05F),
                 x, x);
  const Vector exponent =
      polynomial(hn::Min(magnitude, set(4)), 0.00034152323F, 1.1270891F, 0.63814485F, 0.10310675F,
                 -0.021838063F, 0.002947658F, -0.00018637918F);
  const Vector outer = hn::Sub(one, hn::Exp(Floats(), hn::Neg(exponent)));
  return unless_nan(x, hn::IfThenElse(hn::Lt(magnitude, one), inner, hn::CopySign(outer, x)));
}

HWY_INLINE Vector polynomial(Vector x, const std::array<float, 9>& highest_first) {
  Vector sum = set(highest_first[0]);
  for (std::size_t i = 1; i < 9; ++i) sum = hn::MulAdd(sum, x, set(highest_first[i]));
  return sum;
}

template <>
HWY_INLINE Vector value<Function::erf_inv>(Vector x) {
  // 1 − x² by factors that are exact near its zeros, where the square of x is not exact enough.
  const Vector one = set(1);
  const Vector w = hn::Neg(value<Function::log>(hn::Mul(hn::Sub(one, x), hn::Add(one, x))));
  const Vector centre = polynomial(hn::Sub(w, set(2.5F)), kInverseErrorCentre);
  const Vector tail = polynomial(hn::Sub(hn::Sqrt(w), set(3)), kInverseErrorTail);
  const Vector factor = hn::IfThenElse(hn::Lt(w, set(5)), centre, tail);
  const auto is_end = hn::Eq(hn::Abs(x), one);
  return hn::Mul(x, hn::IfThenElse(is_end, set(kInfinity), factor));
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
