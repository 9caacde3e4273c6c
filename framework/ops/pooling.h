// Pooling over one to three spatial dimensions.
#pragma once

#include <linseed/framework/core/tensor.h>
#include <linseed/framework/ops/window.h>

namespace linseed {

// For all: x [n,spatial…,c] -> y [n,out…,c], out = ⌊(size + before + after − window) / stride⌋ + 1
// in each spatial dimension. `window` and `strides` have a number for each of them; without
// strides, 1. InvalidArgument for other counts, for numbers below 1 and for an x that is not
// floating.

/// The maximum over each window; padding never wins. The cotangent goes to the first maximum of a
/// window in row-major order.
Tensor max_pool(const Tensor& x, const Shape& window, const Shape& strides = {},
                const Padding& padding = "VALID");

/// The minimum over each window, likewise.
Tensor min_pool(const Tensor& x, const Shape& window, const Shape& strides = {},
                const Padding& padding = "VALID");

/// The sum over each window; padding counts as 0.
Tensor sum_pool(const Tensor& x, const Shape& window, const Shape& strides = {},
                const Padding& padding = "VALID");

/// The sum over each window divided by the window's full size: padded zeros count.
Tensor avg_pool(const Tensor& x, const Shape& window, const Shape& strides = {},
                const Padding& padding = "VALID");

}  // namespace linseed
