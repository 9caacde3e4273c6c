// Pooling layers. They have no parameters, so they are functions.
#pragma once

#include <linseed/framework/ops/convolution.h>

namespace linseed::nn {

/// The largest element of each window: x [n, h, w, c] -> y [n, oh, ow, c],
/// oh = ⌊(h + padding − window) / stride⌋ + 1. Without strides, 1 in each dimension. Padding never
/// wins; the derivative goes to the first maximum of a window in row-major order.
Tensor max_pool(const Tensor& x, const Shape& window, const Shape& strides = {},
                const Padding& padding = "VALID");

/// The sum over each window divided by the window's full size: padded zeros count.
Tensor avg_pool(const Tensor& x, const Shape& window, const Shape& strides = {},
                const Padding& padding = "VALID");

}  // namespace linseed::nn
