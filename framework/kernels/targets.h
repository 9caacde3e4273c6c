// The instruction sets that kernels written with Highway are compiled for: SSE4, AVX2 and AVX-512
// on x86, NEON on ARM, and what any machine has. Such a source includes this before
// foreach_target.h.
#pragma once

// Each instruction set costs time to compile. SSSE3 is left to machines that lack what Highway
// groups with SSE4, AES among it: they run the loops for any machine. Vectors of a size unknown to
// the compiler, as of SVE, cannot be in the arrays that tiles of registers are made of.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#include <hwy/targets.h>
