// The element-wise operations of a BatchNorm, each chain of them in one loop.
#pragma once

#include <linseed/framework/kernels/fused.h>

namespace linseed::kernels {

/// The same operations, of which those that a BatchNorm brings are done in one loop:
///   (x − a) · b + c, with a further summand, a maximum, or both; where(x ≤ a, b, c), and
///   where(mask, a, b) · c.
/// What lies between stays in registers: a load and a store of an element cost more in a
/// first-level cache than an addition. The bits are the same, but for which of two NaNs is passed
/// on.
Fusion in_chains(const Fusion& fusion);

}  // namespace linseed::kernels
