// Two element-wise operations in one loop.
#pragma once

#include <linseed/framework/kernels/fused.h>

namespace linseed::kernels {

/// The same operations, of which as many as possible are done two at a time: a result of float32
/// that only the next operation reads stays in a register. That saves a store and a load for each
/// element, which is most of what an addition costs in a first-level cache. The bits are the same,
/// but for which of two NaNs is passed on.
Fusion in_pairs(const Fusion& fusion);

}  // namespace linseed::kernels
