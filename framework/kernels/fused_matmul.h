// Element-wise operations on a matrix product, as its blocks are made.
#pragma once

#include <linseed/framework/kernels/fused.h>
#include <linseed/framework/kernels/matmul.h>

namespace linseed::kernels {

/// A fusion without sums, one of whose inputs is the product of two matrices. The inputs of the
/// kernel are these two, and the others of the fusion.
struct FusedMatmulAttributes {
  Fusion fusion;
  MatmulAttributes matmul;
  std::int64_t depth;  // the terms of each element of the product
  int product;         // which input
  FusedLayout layout;

  FusedMatmulAttributes(Fusion what, const MatmulAttributes& how, std::int64_t terms, int which);
  bool operator==(const FusedMatmulAttributes& other) const {
    return fusion == other.fusion && matmul == other.matmul && depth == other.depth &&
           product == other.product;
  }
};

/// Whether op(a) · b is worth it: larger than caches, and with a b so small that each block of rows
/// can read all of it. So is the weight gradient of a wide dense layer.
bool can_multiply_fused(const TensorSpec& product, const TensorSpec& b,
                        const MatmulAttributes& attributes);

/// The outputs of the fusion.
void fused_matmul(const KernelCall& call);

}  // namespace linseed::kernels
