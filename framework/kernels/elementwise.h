// Element-wise kernels. Inputs broadcast against the output as in NumPy.
//
// They run by vectors of the instruction set in use. An element of the output depends on the same
// elements of the inputs alone: not on its place, the tensor's size, or the number of threads.
// All but the functions below have the same bits on every instruction set.
#pragma once

#include <linseed/framework/core/fields.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

// Arithmetic: inputs and output share one dtype.
void negative(const KernelCall& call);
void absolute(const KernelCall& call);
void sign(const KernelCall& call);  // -1, 0 or 1; NaN stays NaN
void add(const KernelCall& call);
void subtract(const KernelCall& call);
void multiply(const KernelCall& call);
void divide(const KernelCall& call);        // floating types only
void floor_divide(const KernelCall& call);  // towards minus infinity; an integer over 0 gives 0
void maximum(const KernelCall& call);       // NaN if either is NaN
void minimum(const KernelCall& call);
void power(const KernelCall& call);  // floating types by std::pow; integers by repeated squaring

// Functions of floating types. Roots and roundings are those of the C library to the bit; so are
// all in float64. In float32 the others are vector functions with the library's infinities, zeros
// and NaN, and within so many units in the last place of the exact value (measured: see
// elementary_functions_test.cpp). Their bits are the same on all instruction sets that have fused
// multiply-add (AVX2, AVX-512), and the same on all that have not.
void exponential(const KernelCall& call);            // 1 unit
void exponential_minus_one(const KernelCall& call);  // 3.5
void logarithm(const KernelCall& call);              // 1
void logarithm_of_one_plus(const KernelCall& call);  // 2.5
void hyperbolic_tangent(const KernelCall& call);     // 3
void sine(const KernelCall& call);                   // 2.5
void cosine(const KernelCall& call);                 // 2.5
void error_function(const KernelCall& call);         // 1.5
void square_root(const KernelCall& call);
void reciprocal_square_root(const KernelCall& call);  // 1 / sqrt(x), rounded twice
void floor(const KernelCall& call);
void round(const KernelCall& call);  // halves to the even neighbour
/// erf⁻¹ by the polynomials of M. Giles, "Approximating the erfinv function", GPU Computing Gems 2
/// (2011): in float32 within 4 units; in float64 two Halley steps follow.
void inverse_error_function(const KernelCall& call);

// Comparison: inputs share one dtype, the output is bool.
void equal(const KernelCall& call);
void less(const KernelCall& call);
void less_equal(const KernelCall& call);

/// output = condition (bool, input 0) ? input 1 : input 2.
void where(const KernelCall& call);

/// Converts to the output's dtype. To bool: x != 0. Floating to integer: towards zero, values out
/// of range saturate, NaN becomes 0. Between integers: modulo 2^bits.
void cast(const KernelCall& call);

/// The value of every element; the field for the output's kind is read.
struct FillAttributes {
  double floating = 0;
  std::int64_t integer = 0;
  TensorSpec spec = {};  // of the output

  static constexpr auto tree =
      fields<&FillAttributes::floating, &FillAttributes::integer, &FillAttributes::spec>;
  bool operator==(const FillAttributes&) const = default;
};
void fill(const KernelCall& call);

/// 0, 1, 2, … in the output's dtype, row-major.
void iota(const KernelCall& call);

}  // namespace linseed::kernels
