// Element-wise operations on what max_unpool makes, which is made on the way.
#pragma once

#include <linseed/framework/kernels/fused.h>
#include <linseed/framework/kernels/pooling.h>

namespace linseed::kernels {

/// A fusion without sums, one of whose inputs is max_unpool(dy, position). The inputs of the kernel
/// are dy, position, and the others of the fusion.
struct FusedUnpoolingAttributes {
  Fusion fusion;
  PoolingAttributes pooling;
  int unpooled;  // which input
  FusedLayout layout;

  FusedUnpoolingAttributes(Fusion what, const PoolingAttributes& by, int which);
  bool operator==(const FusedUnpoolingAttributes& other) const {
    return fusion == other.fusion && pooling == other.pooling && unpooled == other.unpooled;
  }
};

/// The outputs of the fusion, whose shape can_pool_fused.
void fused_max_unpool(const KernelCall& call);

}  // namespace linseed::kernels
