// Sums of products, named by letters.
#pragma once

#include <string_view>

#include <linseed/framework/core/tensor.h>

namespace linseed {

/// Einstein's summation, as NumPy writes it. Each letter (a-z, A-Z) of `equation` names a dimension
/// of an operand; a letter that the result does not name is summed over:
///   einsum("bij,bjk->bik", a, b)[b,i,k] = Σⱼ a[b,i,j] · b[b,j,k]
/// Without "->" the result has the letters that occur once, in alphabetical order (capitals first).
/// A letter twice in one operand is its diagonal. "..." stands for all dimensions of an operand
/// that have no letter; those of two operands are broadcast, and come first in a result that is not
/// said:
///   einsum("...ij,j->...i", a, b)
/// Spaces do not count. bool counts in int32.
/// Two operands become one batched matmul, or one product where nothing is summed.
/// InvalidArgument, naming the equation, if an operand has another number of dimensions than
/// letters, a letter has two sizes, the result names a letter twice, one that no operand has, or
/// not the operands' ellipsis, or the equation has another sign.
Tensor einsum(std::string_view equation, const Tensor& x);
Tensor einsum(std::string_view equation, const Tensor& a, const Tensor& b);

}  // namespace linseed
