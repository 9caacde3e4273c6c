// The instruction sets that a kernel written with Highway is compiled for. Included by such a
// source once, after HWY_TARGET_INCLUDE; its code between HWY_BEFORE_NAMESPACE and
// HWY_AFTER_NAMESPACE is then compiled for each of them. No include guard: see foreach_target.h.

// What SSSE3 lacks of SSE4 is no loss to any machine of the last fifteen years, and each
// instruction set costs time to compile.
#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS HWY_SSSE3
#endif

#include <hwy/foreach_target.h>

#include <hwy/highway.h>
