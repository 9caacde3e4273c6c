// Products, norms and spreads over some or all axes: compositions of reductions. Of halves they are
// computed in float32 and rounded once.
#pragma once

#include <cstdint>

#include <linseed/framework/core/tensor.h>

namespace linseed {

/// Π over `axes` (all by default), 1 over nothing. Integers in their own dtype, wrapping; bool in
/// int32. Multiplied pairwise in log₂ n steps, never divided by an element, so the derivatives are
/// right where elements are zero too.
Tensor prod(const Tensor& x, const Axes& axes = {}, KeepDims keep = KeepDims::no);

/// The norm of the vectors along `axes` (of all elements by default); integers in float32.
///   order 1: Σ |x|;   2: √Σ x²;   infinity: max |x|, InvalidArgument over nothing
/// InvalidArgument for other orders. At x = 0, where the 2-norm has no derivative, it is taken as
/// 0.
Tensor norm(const Tensor& x, double order = 2, const Axes& axes = {}, KeepDims keep = KeepDims::no);

/// log Σ exp(x) over `axes`, without overflow; −∞ over nothing and where all elements are −∞, with
/// derivative 0 there. Integers in float32.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, KeepDims keep = KeepDims::no);

/// The variance Σ (x − μ)² / (n − ddof) and its root, from `moments`; integers in float32. The
/// derivative of the root is taken as 0 where the variance is 0. NaN if n ≤ ddof. Call the root by
/// its whole name, `linseed::std`: after `using namespace linseed` a mere `std` could be the
/// library.
Tensor var(const Tensor& x, const Axes& axes = {}, int ddof = 0, KeepDims keep = KeepDims::no);
Tensor std(const Tensor& x, const Axes& axes = {}, int ddof = 0, KeepDims keep = KeepDims::no);

/// The mean of `count` values, of which `value` is the last and `mean` the mean of those before
/// (not looked at if there are none): mean + (value − mean) / count. What is not floating has no
/// mean: it is the last value.
Tensor running_mean(const Tensor& mean, const Tensor& value, std::int64_t count);

}  // namespace linseed
