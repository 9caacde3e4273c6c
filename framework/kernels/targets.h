// What kernels written with Highway are compiled for: the instruction sets of instruction_set.h.
// Such a source includes this before foreach_target.h.
#pragma once

// Each instruction set costs time to compile. Vectors of a size unknown to the compiler, as of SVE,
// cannot be in the arrays that tiles of registers are made of.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// No kernel uses them, and not every machine with SSE4 or AVX2 has them.
#define HWY_DISABLE_PCLMUL_AES
#define HWY_DISABLE_F16C
