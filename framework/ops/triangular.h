// Triangles and diagonals of matrices.
#pragma once

#include <cstdint>

#include <linseed/framework/core/tensor.h>

namespace linseed {

// Diagonal `offset` of a matrix is where column − row = offset.

/// [rows, columns]: 1 on diagonal `offset`, 0 elsewhere.
Tensor eye(std::int64_t rows, std::int64_t columns, std::int64_t offset = 0, DType dtype = float32);
Tensor eye(std::int64_t size, DType dtype = float32);

/// [rows, columns]: 1 on and below diagonal `offset`, 0 above.
Tensor tri(std::int64_t rows, std::int64_t columns, std::int64_t offset = 0, DType dtype = float32);

/// x [..., rows, columns] with zeros above (tril) or below (triu) diagonal `offset`.
/// InvalidArgument if x has fewer than two dimensions.
Tensor tril(const Tensor& x, std::int64_t offset = 0);
Tensor triu(const Tensor& x, std::int64_t offset = 0);

/// Diagonal `offset` of the matrices whose rows run along `axis1` and columns along `axis2`, as the
/// last dimension of the result in place of both.
Tensor diagonal(const Tensor& x, std::int64_t offset = 0, int axis1 = 0, int axis2 = 1);

}  // namespace linseed
