// What an element-wise operation is to a kernel: a loop over neighbours.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// Where the operands of a loop begin; their types are the loop's to know. An operation has at most
/// three, some that are done together up to six.
struct Operands {
  static constexpr std::size_t kMost = 6;
  static constexpr unsigned kOutput = 1U << kMost;

  std::array<const void*, kMost> begin{};
  /// Bit k: what lies ahead of operand k may be fetched (caches.h); kOutput: of the output.
  unsigned fetched = 0;

  const void*& operator[](std::size_t k) { return begin[k]; }
  const void* operator[](std::size_t k) const { return begin[k]; }
};

/// Computes `count` neighbouring elements of an output from as many neighbours of each operand. The
/// output may be the memory of an operand with elements of the same size.
using Loop = void (*)(std::int64_t count, void* output, const Operands& operands);

struct ElementwiseLoop {
  Loop run;
  double cost;  // ns per element
};

struct LoopTypes {
  std::span<const DType> operands;
  DType result;
};

/// An operation: gives its loop for the instruction set in use.
using FindLoop = ElementwiseLoop (*)(const LoopTypes& types);

/// Output 0 = the operation of the inputs, at most three, which broadcast to it.
void run_elementwise(const KernelCall& call, FindLoop find);

/// The kernel of an operation.
template <FindLoop find>
void elementwise(const KernelCall& call) {
  run_elementwise(call, find);
}

}  // namespace linseed::kernels
