// Compositions of halves.
#pragma once

#include <linseed/framework/ops/elementwise.h>

namespace linseed {

/// f(x), for a half computed in float32 and rounded once: what is computed on the way may be too
/// large for a half where the result is not.
template <class F>
Tensor in_float32(const Tensor& x, const F& f) {
  return is_half(x.dtype()) ? astype(f(astype(x, float32)), x.dtype()) : f(x);
}

}  // namespace linseed
