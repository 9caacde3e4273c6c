// Sums that run along an axis.
#pragma once

#include <linseed/framework/core/tensor.h>

namespace linseed {

/// y[i] = Σ x[j] over j ≤ i along `axis`; with `reverse`, over j ≥ i. Integers in their own dtype,
/// wrapping; bool counts in int32. One thread walks an axis, others its neighbours. The derivative
/// is the cumulative sum the other way.
Tensor cumsum(const Tensor& x, int axis, bool reverse = false);

}  // namespace linseed
