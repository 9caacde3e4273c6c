// Loops that do nothing but multiply-adds, or nothing but move memory: what a machine can do at
// best. In the instruction set in use.
#pragma once

#include <cstddef>

namespace linseed::kernels {

/// Does `rounds` rounds of independent vector multiply-adds; returns how many floating-point
/// operations that was, 2 for each lane's multiply-add.
double multiply_add_loop(std::size_t rounds);

/// y = a x of n floats, a multiple of 256.
void scale_loop(const float* x, float* y, std::size_t n);

}  // namespace linseed::kernels
