// Element-wise kernels as loops over neighbours: what broadcasts is laid out so before.
#pragma once

#include <array>
#include <cstdint>

#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// Where the operands of a loop begin; their types are the loop's to know.
using Operands = std::array<const void*, 3>;

/// Computes `count` neighbouring elements of an output from as many neighbours of each operand. An
/// operand may be the output.
using Loop = void (*)(std::int64_t count, void* output, const Operands& operands);

/// output 0 = loop(inputs), at most three of them, broadcast to it; with `cost` ns per element.
///
/// An operand that broadcasts within rows, or along with them, is copied for up to 1024 elements of
/// the output at a time, which stay in cache: so a loop is written, and fast, for neighbours alone,
/// and rows of 3 or 10 elements are as good as long ones.
void broadcast_loop(const KernelCall& call, double cost, Loop loop);

}  // namespace linseed::kernels
