// Pooling of what is computed element by element on the way.
#pragma once

#include <linseed/framework/kernels/fused.h>
#include <linseed/framework/kernels/pooling.h>

namespace linseed::kernels {

/// A fusion without sums, one of whose outputs is pooled instead of kept.
struct FusedPoolingAttributes {
  Fusion fusion;
  PoolingAttributes pooling;
  int pooled;  // which output
  FusedLayout layout;

  FusedPoolingAttributes(Fusion what, const PoolingAttributes& by, int which);
  bool operator==(const FusedPoolingAttributes& other) const {
    return fusion == other.fusion && pooling == other.pooling && pooled == other.pooled;
  }
};

/// Whether x [n,spatial…,c] can be pooled so: the windows cut it up, so that each element is in one
/// of them, and what a line of them reads lies together and stays in a cache.
bool can_pool_fused(const Shape& x, const PoolingAttributes& pooling);

/// What max_pool gives, and the other outputs of the fusion.
void fused_max_pool(const KernelCall& call);
/// What sum_pool gives, and so on.
void fused_sum_pool(const KernelCall& call);

}  // namespace linseed::kernels
