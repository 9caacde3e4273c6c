// Pooling over one to three spatial dimensions.
#pragma once

#include <functional>

#include <linseed/framework/ops/operand.h>
#include <linseed/framework/ops/window.h>

namespace linseed {

// For all: x [n,spatial…,c] -> y [n,out…,c], out = ⌊(size + before + after − window) / stride⌋ + 1
// in each spatial dimension. `window` and `strides` have a number for each of them; without
// strides, 1. InvalidArgument for other counts and for numbers below 1, and, but for `pool`, for an
// x of bool.

/// The maximum over each window; padding never wins (alone it gives −∞, or the lowest integer). The
/// cotangent goes to the first maximum of a window in row-major order.
Tensor max_pool(const Tensor& x, const Shape& window, const Shape& strides = {},
                const Padding& padding = "VALID");

/// The minimum over each window, likewise.
Tensor min_pool(const Tensor& x, const Shape& window, const Shape& strides = {},
                const Padding& padding = "VALID");

/// The sum over each window; padding counts as 0. InvalidArgument for an x that is not floating.
Tensor sum_pool(const Tensor& x, const Shape& window, const Shape& strides = {},
                const Padding& padding = "VALID");

/// The sum over each window divided by the window's full size: padded zeros count. InvalidArgument
/// for an x that is not floating.
Tensor avg_pool(const Tensor& x, const Shape& window, const Shape& strides = {},
                const Padding& padding = "VALID");

/// Each window folded by any function of two tensors like y, in row-major order:
///   reduce(…reduce(reduce(init, first place), second place)…)
/// Padding has the value `init` (a number or a 0-d tensor). A call of `reduce` for each place of
/// the window: for functions that have no pool of their own.
Tensor pool(const Tensor& x, Operand init, const std::function<Tensor(Tensor, Tensor)>& reduce,
            const Shape& window, const Shape& strides = {}, const Padding& padding = "VALID");

}  // namespace linseed
