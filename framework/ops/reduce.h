// Reductions over some or all axes.
#pragma once

#include <linseed/framework/core/fields.h>
#include <linseed/framework/core/tensor.h>

namespace linseed {

/// Σ over `axes` (all by default). Integers in their own dtype, wrapping; bool counts in int32.
Tensor sum(const Tensor& x, const Axes& axes = {}, KeepDims keep = KeepDims::no);
/// Σ / number of elements; integers in float32. The mean of nothing is NaN.
Tensor mean(const Tensor& x, const Axes& axes = {}, KeepDims keep = KeepDims::no);
/// The largest element; NaN if there is one. The derivative is shared equally among ties.
/// InvalidArgument for a reduction over nothing.
Tensor max(const Tensor& x, const Axes& axes = {}, KeepDims keep = KeepDims::no);
Tensor min(const Tensor& x, const Axes& axes = {}, KeepDims keep = KeepDims::no);
/// int32 index, along `axis`, of the first maximum.
Tensor argmax(const Tensor& x, int axis);
/// int32 index, along `axis`, of the first minimum; of the first NaN, if there is one.
Tensor argmin(const Tensor& x, int axis);
/// True if all (any) elements are true, or not 0.
Tensor all(const Tensor& x, const Axes& axes = {}, KeepDims keep = KeepDims::no);
Tensor any(const Tensor& x, const Axes& axes = {}, KeepDims keep = KeepDims::no);

/// count N (scalar), mean μ = Σ x / N and M2 = Σ (x − μ)², over the counted elements.
struct Moments {
  Tensor count;
  Tensor mean;
  Tensor m2;
  static constexpr auto tree = fields<&Moments::count, &Moments::mean, &Moments::m2>;
};

/// The moments of floating `x` over `axes`, computed from differences, never as E[x²] − E[x]²
/// (Chan, Golub, LeVeque 1979). `mask` [x.dim(0)], if given, says by anything but 0 which entries
/// of axis 0 count; axis 0 must be reduced then. Nothing counted gives zeros. With `keep`, mean and
/// M2 keep the reduced axes. All three have the dtype of x, but those of halves are float32: a
/// count beyond 256 has no bfloat16, and a variance is no element of x.
///   ∂x = mask · (∂mean / N + 2 (x − μ) · ∂M2)
Moments moments(const Tensor& x, const Axes& axes, const Tensor& mask = {},
                KeepDims keep = KeepDims::no);

}  // namespace linseed
