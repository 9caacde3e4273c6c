// Counter-based random bits.
#pragma once

#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// threefry(key uint32[2], counts uint32[n]) -> uint32[n]: JAX's hash of a vector of counts by
/// Threefry-2x32 with 20 rounds. For odd n a 0 is appended; the first half is paired with the
/// second; the first outputs of all pairs are followed by the second ones; the appended element is
/// dropped. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
void threefry(const KernelCall& call);

}  // namespace linseed::kernels
