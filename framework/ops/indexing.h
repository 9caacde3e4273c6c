// Reading by index.
#pragma once

#include <linseed/framework/ops/operand.h>

namespace linseed {

/// The slices of `x` along `axis` at integer `indices`; dimension `axis` is replaced by the
/// dimensions of `indices`. Negative indices count from the end; others out of range are clamped.
/// The derivative adds each cotangent at its index.
Tensor take(const Tensor& x, const Tensor& indices, int axis);

/// The adjoint of `take`: zeros with size `size` along `axis`, to which each slice of `updates` is
/// added at its index.
Tensor take_adjoint(const Tensor& updates, const Tensor& indices, int axis, std::int64_t size);

/// y[…, i, …] = x[…, indices[…, i, …], …]: one element of `axis` for each index, where `take` gives
/// whole slices. `indices` are integers of as many dimensions as x; all but `axis` broadcast.
/// Negative ones count from the end; others out of range are clamped, as in `take`.
Tensor take_along_axis(const Tensor& x, const Tensor& indices, int axis);

/// 1 where the class equals the label, 0 elsewhere: [… ] -> [ …, classes]. Labels outside of
/// [0, classes) give a row of zeros. InvalidArgument if `classes` is negative.
Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype = float32);

}  // namespace linseed
