// A ReLU's mask, asked of its result.
#pragma once

#include <linseed/framework/kernels/fused.h>

namespace linseed::kernels {

/// Where x ≤ c and max(x, c) are computed, next to each other or the maximum first, max(x, c) ≤ c
/// is asked instead: x, if nothing else reads it, need not be kept for it. The bits are the same.
Fusion compare_maxima(Fusion fusion);

}  // namespace linseed::kernels
