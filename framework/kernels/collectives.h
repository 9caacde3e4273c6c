// Kernels that exchange values between replicas, and the one that runs replicas.
#pragma once

#include <memory>
#include <string>

#include <linseed/framework/core/replica_axis.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed {

struct Program;

namespace kernels {

/// Who exchanges: the replicas of one axis, or each of its groups. `groups` is never empty and has
/// each replica once. Each replica has two inputs: x, and its place along the axis, which is there
/// for the graph to know that the result depends on the axis.
struct CollectiveAttributes {
  ReplicaAxis axis;
  AxisIndexGroups groups;

  bool operator==(const CollectiveAttributes&) const = default;
};

/// Σ over the group, in a binary tree over its members, so that the result has the same bits
/// wherever the replicas run.
void psum(const JointCall& call);
/// The maximum over the group; NaN wins.
void pmax(const JointCall& call);
/// Of the block [i] of each member's x [n, …], the n-th gets what the i-th has: member p leaves
/// with y[j] = block p of member j. Groups have n members each.
void all_to_all(const JointCall& call);

/// Replica r gets x of replica sources[r], zeros if that is −1.
struct PermuteAttributes {
  ReplicaAxis axis;
  std::vector<int> sources;

  bool operator==(const PermuteAttributes&) const = default;
};
void ppermute(const JointCall& call);

/// y = x. InvalidArgument, which begins with `message`, if not all replicas have the same bits.
struct RequireEqualAttributes {
  ReplicaAxis axis;
  std::string message;

  bool operator==(const RequireEqualAttributes&) const = default;
};
void require_equal(const JointCall& call);

/// Runs body(entry of each mapped input…, captured…) -> outputs for each replica of `axis`.
/// Inputs: `mapped` tensors [axis.size, …], then what was captured, which all replicas see whole.
/// Outputs: those of all replicas, [axis.size, …].
struct ReplicateAttributes {
  std::shared_ptr<const Program> body;
  ReplicaAxis axis;
  int mapped = 0;

  bool operator==(const ReplicateAttributes&) const = default;
};
void replicate(const JointCall& call);

}  // namespace kernels
}  // namespace linseed
