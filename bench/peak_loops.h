// The loops behind measure_peak, compiled for each instruction set.
#pragma once

#include <cstddef>

namespace bench {

/// Does `rounds` rounds of independent vector multiply-adds; returns how many floating-point
/// operations that was, 2 for each lane's multiply-add.
double fma_loop(std::size_t rounds);

// n floats; n is a multiple of 256.
void read_loop(const float* x, std::size_t n);
void scale_loop(const float* x, float* y, std::size_t n);                  // y = a x
void triad_loop(const float* x, const float* y, float* z, std::size_t n);  // z = x + a y

/// The instruction set the loops run with on this machine.
const char* instruction_set();

}  // namespace bench
