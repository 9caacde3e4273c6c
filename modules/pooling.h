// Pooling layers. They have no parameters, so they are functions: those over tensors, and over all
// of an image.
#pragma once

#include <linseed/framework/ops/pooling.h>

namespace linseed::nn {

using linseed::avg_pool;
using linseed::max_pool;
using linseed::min_pool;
using linseed::pool;
using linseed::sum_pool;

/// The mean (the maximum) over all pixels, for any number of spatial dimensions:
///   x [n, spatial…, c] -> y [n, c], or [n, 1…, c] with `keep`
/// The derivative of the maximum is shared equally among ties, unlike that of max_pool.
/// InvalidArgument for an x without spatial dimensions, and for a maximum over no pixels.
Tensor global_avg_pool(const Tensor& x, KeepDims keep = KeepDims::no);
Tensor global_max_pool(const Tensor& x, KeepDims keep = KeepDims::no);

}  // namespace linseed::nn
