// Operations that rearrange elements.
#pragma once

#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed {

/// The elements, row-major, under another shape; one size may be −1 and is then worked out.
/// Shares the buffer.
Tensor reshape(const Tensor& x, Shape shape);

/// Dimension i of the result is dimension permutation[i] of x; without one, all are reversed.
/// x itself if nothing moves.
Tensor transpose(const Tensor& x);
Tensor transpose(const Tensor& x, const std::vector<int>& permutation);

/// x repeated to `shape` by NumPy's rule.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// Elements start, start + stride, … < stop of each dimension. Negative starts and stops count
/// from the end; both are clamped to the dimension. Strides are ≥ 1.
Tensor slice(const Tensor& x, const std::vector<std::int64_t>& start,
             const std::vector<std::int64_t>& stop, const std::vector<std::int64_t>& stride = {});

/// Zeros per dimension: low[i] before, high[i] after, interior[i] between neighbours; all ≥ 0.
Tensor pad(const Tensor& x, const std::vector<std::int64_t>& low,
           const std::vector<std::int64_t>& high, const std::vector<std::int64_t>& interior = {});

/// One after the other along `axis`; dtypes are promoted.
Tensor concatenate(const std::vector<Tensor>& parts, int axis);

/// A size-1 dimension in front of dimension `axis` of the result.
Tensor expand_dims(const Tensor& x, int axis);

/// x summed over the dimensions in which broadcasting `shape` to x's shape repeats it; the adjoint
/// of that broadcast.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace linseed
