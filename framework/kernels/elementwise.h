// Element-wise operations, each as the loop for operands and a result of these types; its kernel is
// elementwise<add>, and so on.
//
// They run by vectors of the instruction set in use. An element of the output depends on the same
// elements of the inputs alone: not on its place, the tensor's size, or the number of threads.
// All but the functions below have the same bits on every instruction set.
#pragma once

#include <bit>
#include <cstdint>

#include <linseed/framework/core/fields.h>
#include <linseed/framework/kernels/elementwise_loop.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

// Arithmetic: inputs and output share one dtype.
ElementwiseLoop negative(const LoopTypes& types);
ElementwiseLoop absolute(const LoopTypes& types);
ElementwiseLoop sign(const LoopTypes& types);  // -1, 0 or 1; NaN stays NaN
ElementwiseLoop add(const LoopTypes& types);
ElementwiseLoop subtract(const LoopTypes& types);
ElementwiseLoop multiply(const LoopTypes& types);
ElementwiseLoop divide(const LoopTypes& types);  // floating types only
ElementwiseLoop floor_divide(
    const LoopTypes& types);  // towards minus infinity; an integer over 0 gives 0
ElementwiseLoop maximum(const LoopTypes& types);  // NaN if either is NaN
ElementwiseLoop minimum(const LoopTypes& types);
ElementwiseLoop power(
    const LoopTypes& types);  // floating types by std::pow; integers by repeated squaring

// Functions of floating types. Roots and roundings are those of the C library to the bit; so are
// all in float64. In float32 the others are vector functions with the library's infinities, zeros
// and NaN, and within so many units in the last place of the exact value (measured: see
// elementary_functions_test.cpp). Their bits are the same on all instruction sets that have fused
// multiply-add (AVX2, AVX-512), and the same on all that have not.
ElementwiseLoop exponential(const LoopTypes& types);            // 1 unit
ElementwiseLoop exponential_minus_one(const LoopTypes& types);  // 3.5
ElementwiseLoop logarithm(const LoopTypes& types);              // 1
ElementwiseLoop logarithm_of_one_plus(const LoopTypes& types);  // 2.5
ElementwiseLoop hyperbolic_tangent(const LoopTypes& types);     // 3
ElementwiseLoop sine(const LoopTypes& types);                   // 2.5
ElementwiseLoop cosine(const LoopTypes& types);                 // 2.5
ElementwiseLoop error_function(const LoopTypes& types);         // 1.5
ElementwiseLoop square_root(const LoopTypes& types);
ElementwiseLoop reciprocal_square_root(const LoopTypes& types);  // 1 / sqrt(x), rounded twice
ElementwiseLoop floor(const LoopTypes& types);
ElementwiseLoop round(const LoopTypes& types);  // halves to the even neighbour
/// erf⁻¹ by the polynomials of M. Giles, "Approximating the erfinv function", GPU Computing Gems 2
/// (2011): in float32 within 4 units; in float64 two Halley steps follow.
ElementwiseLoop inverse_error_function(const LoopTypes& types);

// Comparison: inputs share one dtype, the output is bool.
ElementwiseLoop equal(const LoopTypes& types);
ElementwiseLoop less(const LoopTypes& types);
ElementwiseLoop less_equal(const LoopTypes& types);

/// output = condition (bool, input 0) ? input 1 : input 2.
ElementwiseLoop where(const LoopTypes& types);

/// Converts to the output's dtype. To bool: x != 0. Floating to integer: towards zero, values out
/// of range saturate, NaN becomes 0. Between integers: modulo 2^bits.
ElementwiseLoop cast(const LoopTypes& types);

/// The value of every element; the field for the output's kind is read.
struct FillAttributes {
  double floating = 0;
  std::int64_t integer = 0;
  TensorSpec spec = {};  // of the output

  static constexpr auto tree =
      fields<&FillAttributes::floating, &FillAttributes::integer, &FillAttributes::spec>;
  /// 0 and −0 differ: what is divided by them does.
  bool operator==(const FillAttributes& other) const {
    return std::bit_cast<std::uint64_t>(floating) == std::bit_cast<std::uint64_t>(other.floating) &&
           integer == other.integer && spec == other.spec;
  }
};
void fill(const KernelCall& call);

/// 0, 1, 2, … in the output's dtype, row-major.
void iota(const KernelCall& call);

}  // namespace linseed::kernels
