// Many element-wise operations in one pass over memory.
#pragma once

#include <string_view>
#include <vector>

#include <linseed/framework/kernels/elementwise_loop.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// One operation. Its operands are numbers of values: first those of the kernel's inputs, then the
/// results of the operations, in order.
struct FusedOperation {
  std::string_view name;
  FindLoop loop;
  std::vector<int> operands;
  DType result;

  bool operator==(const FusedOperation&) const = default;
};

struct FusedAttributes {
  Shape shape;  // of all results; inputs broadcast to it as in NumPy
  std::vector<FusedOperation> operations;
  std::vector<int> outputs;  // the results that are the kernel's first outputs, ...
  std::vector<int> sums;     // ... and those whose sums are the others
  std::vector<int> axes;     // of the sums

  bool operator==(const FusedAttributes&) const = default;
};

/// Whether a tensor of that type can be summed over these axes on the way: its rows are read one
/// after the other, and are so short that threads can share them.
bool can_sum_fused(const TensorSpec& summands, const std::vector<int>& axes);

/// Computes the operations, in order. The bits are those of the operations one after the other.
void fused(const KernelCall& call);

}  // namespace linseed::kernels
