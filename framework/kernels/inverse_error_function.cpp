// The inverse of the error function in float64.
#include <linseed/framework/kernels/inverse_error_function.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace linseed::kernels {

namespace {

double polynomial(const std::array<float, 9>& coefficients, double x) {
  double sum = 0;
  for (const float coefficient : coefficients) sum = sum * x + double{coefficient};
  return sum;
}

double approximation(double x) {
  if (std::fabs(x) == 1) return x * std::numeric_limits<double>::infinity();
  const double w = -std::log1p(-x * x);
  return x * (w < 5 ? polynomial(kInverseErrorCentre, w - 2.5)
                    : polynomial(kInverseErrorTail, std::sqrt(w) - 3));
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

}  // namespace

double inverse_error_function(double x) {
  const bool is_far = std::fabs(x) > 1 - 0x1p-24 && std::fabs(x) < 1;
  const double start = is_far ? far_tail(x) : approximation(x);
  return std::isfinite(start) ? halley_step(x, halley_step(x, start)) : start;
}

}  // namespace linseed::kernels
