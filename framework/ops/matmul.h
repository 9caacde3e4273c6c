// Matrix products.
#pragma once

#include <linseed/framework/core/tensor.h>

namespace linseed {

/// NumPy's matmul: the last two dimensions are matrices, [m,k] with [k,n]; leading ones broadcast.
/// A 1-d factor is a row (left) or a column (right) whose dimension disappears from the result.
Tensor matmul(const Tensor& a, const Tensor& b);

}  // namespace linseed
