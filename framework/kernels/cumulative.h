// Cumulative sums.
#pragma once

#include <linseed/framework/core/fields.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

struct CumulativeAttributes {
  int axis = 0;          // in [0, ndim)
  bool reverse = false;  // from the end towards the beginning

  static constexpr auto tree = fields<&CumulativeAttributes::axis, &CumulativeAttributes::reverse>;
  bool operator==(const CumulativeAttributes&) const = default;
};

/// output[i] = Σ input[j] over j ≤ i (j ≥ i in reverse) along the axis; input and output share one
/// dtype, bool is ruled out. One chain of sums for each line, so an axis is walked by one thread,
/// and different lines by different ones. float32 is summed in double: a long chain rounds once per
/// output, not once per summand. Integers wrap.
void cumulative_sum(const KernelCall& call);

}  // namespace linseed::kernels
