// Reductions. Every sum follows a tree that only the shapes decide, and no multiply-add is fused,
// so the bits depend neither on the number of threads nor on the instruction set.
#pragma once

#include <vector>

#include <linseed/framework/core/fields.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// The reduced dimensions of input 0, ascending, in [0, ndim). Outputs have the input's shape
/// without them.
struct ReduceAttributes {
  std::vector<int> axes;

  static constexpr auto tree = fields<&ReduceAttributes::axes>;
  bool operator==(const ReduceAttributes&) const = default;
};

void reduce_sum(const KernelCall& call);
void reduce_max(const KernelCall& call);  // NaN if any element is NaN; the caller rules out empty
void reduce_min(const KernelCall& call);

/// int32 index, along the one reduced axis, of the first maximum (a NaN counts as the maximum).
void argmax(const KernelCall& call);

/// Stable moments. Inputs: x (floating) and, optionally, mask [x.dim(0)] of x's dtype, whose axis
/// 0 is then among the reduced ones. An element counts where its mask is not 0.
/// Outputs, all of x's dtype: count (scalar), mean and M2 = Σ (x − mean)² over the counted ones.
/// Nothing counted: count 0, mean 0, M2 0. Masked elements are never read into a sum, so NaN there
/// does no harm. Method: shifted data per fixed block of elements, blocks merged pairwise in double
/// by Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample
/// variances" (1979).
void moments(const KernelCall& call);

}  // namespace linseed::kernels
