// The inverse of the error function: what its two precisions share.
#pragma once

#include <array>

namespace linseed::kernels {

/// The polynomials of M. Giles, "Approximating the erfinv function", GPU Computing Gems 2 (2011),
/// table 5, highest power first: erf⁻¹(x) = x P(w), w = −log(1 − x²). The first is one in w − 2.5
/// for w < 5, which is all but the outermost 0.3 % on either side; the second one in √w − 3.
inline constexpr std::array<float, 9> kInverseErrorCentre{
    2.81022636e-08f, 3.43273939e-07f, -3.5233877e-06f, -4.39150654e-06f, 0.00021858087f,
    -0.00125372503f, -0.00417768164f, 0.246640727f,    1.50140941f};
inline constexpr std::array<float, 9> kInverseErrorTail{
    -0.000200214257f, 0.000100950558f, 0.00134934322f, -0.00367342844f, 0.00573950773f,
    -0.0076224613f,   0.00943887047f,  1.00167406f,    2.83297682f};

/// erf⁻¹ in float64: Giles' value, then two Halley steps.
double inverse_error_function(double x);

}  // namespace linseed::kernels
