// The inverse of the error function, from which normally distributed numbers are made.
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/kernels/elementwise_loops.h>

namespace linseed::kernels {

namespace {

template <class T>
T polynomial(const std::array<float, 9>& coefficients, T x) {
  T sum = 0;
  for (const float coefficient : coefficients) sum = sum * x + static_cast<T>(coefficient);
  return sum;
}

// Giles' table 5, highest power first.
constexpr std::array<float, 9> kCentre{2.81022636e-08f,  3.43273939e-07f, -3.5233877e-06f,
                                       -4.39150654e-06f, 0.00021858087f,  -0.00125372503f,
                                       -0.00417768164f,  0.246640727f,    1.50140941f};
constexpr std::array<float, 9> kTail{-0.000200214257f, 0.000100950558f, 0.00134934322f,
                                     -0.00367342844f,  0.00573950773f,  -0.0076224613f,
                                     0.00943887047f,   1.00167406f,     2.83297682f};

/// w = −log(1 − x²) is below 5 for all but the outermost 0.3 % on either side.
template <class T>
T approximation(T x) {
  if (std::fabs(x) == 1) return x * std::numeric_limits<T>::infinity();
  const T w = -std::log1p(-x * x);
  return x * (w < 5 ? polynomial(kCentre, w - T{2.5}) : polynomial(kTail, std::sqrt(w) - 3));
}

/// One step of Halley's method on f(y) = erf(y) − x, whose f''/f' is −2y. Beyond 1/2 the difference
/// is taken between the complements, where it does not cancel.
double halley_step(double x, double y) {
  const double complements = 1 - std::fabs(x) - std::erfc(std::fabs(y));
  const double difference = std::fabs(x) < 0.5 ? std::erf(y) - x
                            : x > 0            ? complements
                                               : -complements;
  const double slope = 2 * std::numbers::inv_sqrtpi * std::exp(-y * y);
  const double newton = difference / slope;
  return y - newton / (1 + y * newton);
}

/// Beyond the last float32 before 1 the polynomials are not fitted. There erfc(y) is near
/// exp(−y²) / (y √π), which two rounds of y² = −ln(√π (1 − x)) − ln y invert to three digits.
double far_tail(double x) {
  const double logarithm = -std::log((1 - std::fabs(x)) / std::numbers::inv_sqrtpi);
  double y = std::sqrt(logarithm);
  for (int i = 0; i < 2; ++i) y = std::sqrt(logarithm - std::log(y));
  return std::copysign(y, x);
}

float inverse(float x) { return approximation(x); }

double inverse(double x) {
  const bool is_far = std::fabs(x) > 1 - 0x1p-24 && std::fabs(x) < 1;
  const double start = is_far ? far_tail(x) : approximation(x);
  return std::isfinite(start) ? halley_step(x, halley_step(x, start)) : start;
}

struct Inverse {
  template <class T>
  T operator()(T x) const {
    return inverse(x);
  }
};

}  // namespace

void inverse_error_function(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    broadcast_loop(call, 30, loop<Inverse, T, T>);
  });
}

}  // namespace linseed::kernels
