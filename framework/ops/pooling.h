// Pooling over two spatial dimensions.
#pragma once

#include <linseed/framework/ops/convolution.h>

namespace linseed {

/// The maximum over each window, x [n,h,w,c] -> y [n,oh,ow,c]; padding never wins. The cotangent
/// goes to the first maximum of a window in row-major order.
Tensor max_pool(const Tensor& x, std::array<std::int64_t, 2> window,
                std::array<std::int64_t, 2> strides, const Padding& padding);

/// The sum over each window; padding counts as 0.
Tensor sum_pool(const Tensor& x, std::array<std::int64_t, 2> window,
                std::array<std::int64_t, 2> strides, const Padding& padding);

}  // namespace linseed
