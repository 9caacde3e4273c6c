// The order of elements along an axis.
#pragma once

#include <linseed/framework/core/fields.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

struct SortAttributes {
  int axis = 0;  // in [0, ndim)

  static constexpr auto tree = fields<&SortAttributes::axis>;
  bool operator==(const SortAttributes&) const = default;
};

/// int32 places, along the axis, of the elements in ascending order: output[i] is where the i-th
/// smallest stands. Equal elements keep their order; NaN comes last. One line at a time, the lines
/// spread over threads.
void argsort(const KernelCall& call);

}  // namespace linseed::kernels
