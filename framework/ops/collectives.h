// Exchange between the replicas that pmap runs.
//
// Inside of the function given to pmap each of these acts on the values that all replicas along the
// axis `axis_name` have at that point, or, with `groups`, on those of each group. Groups are a
// partition of the replicas; psum, pmean and BatchNorm take those of unequal sizes too.
// InvalidArgument for gaps and repeats, for unequal sizes elsewhere, and for an axis that is not
// open, listing those that are. Derivatives are those of Σ over the replicas of what each one
// differentiates.
//
// While parameters are initialised there is one replica, whatever the axis: psum and its like
// return their operand, and init works outside of pmap.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include <linseed/framework/core/replica_axis.h>
#include <linseed/framework/core/tree.h>

namespace linseed {

/// Σ over the replicas; bool counts in int32. The same bits for each order of execution.
/// Derivative: psum of the cotangents. What does not depend on the replica is multiplied by their
/// number.
Tensor psum(const Tensor& x, std::string_view axis_name, const AxisIndexGroups& groups = {});
/// psum / number of replicas (of the own group); integers in float32.
Tensor pmean(const Tensor& x, std::string_view axis_name, const AxisIndexGroups& groups = {});
/// The maximum, the minimum over the replicas. No derivative, as in JAX.
Tensor pmax(const Tensor& x, std::string_view axis_name, const AxisIndexGroups& groups = {});
Tensor pmin(const Tensor& x, std::string_view axis_name, const AxisIndexGroups& groups = {});

/// x of each replica, stacked: [n, …]. Derivative: psum_scatter.
Tensor all_gather(const Tensor& x, std::string_view axis_name, const AxisIndexGroups& groups = {});
/// Entry p of the sum of all x [n, …] for the p-th replica. Derivative: all_gather.
Tensor psum_scatter(const Tensor& x, std::string_view axis_name,
                    const AxisIndexGroups& groups = {});
/// Splits x along `split_axis`, of size n, gives the p-th piece to the p-th replica, and stacks
/// what came from all along `concat_axis`. Derivative: all_to_all with the axes exchanged.
Tensor all_to_all(const Tensor& x, std::string_view axis_name, int split_axis, int concat_axis,
                  const AxisIndexGroups& groups = {});

/// (from, to): who gives its value to whom.
using Permutation = std::vector<std::pair<int, int>>;
/// x of the replica that `permutation` sends here, zeros if there is none. InvalidArgument if two
/// go to one place, or one to two. Derivative: ppermute by the inverse.
Tensor ppermute(const Tensor& x, std::string_view axis_name, const Permutation& permutation);
/// x of replica `root`, for all. Derivative: the sum of the cotangents, for `root`; 0 for others.
Tensor broadcast(const Tensor& x, std::string_view axis_name, int root = 0);

/// x, of which all replicas must have the same bits; InvalidArgument, when it is computed, with
/// `message` in front if they have not. Derivative: each replica's own cotangent.
Tensor require_equal(const Tensor& x, std::string_view axis_name, std::string message);

/// Which replica this is: an int32 scalar.
Tensor axis_index(std::string_view axis_name);
/// How many there are.
int axis_size(std::string_view axis_name);

/// The same for each tensor of a tree: pmean(gradients, "batch").
template <tree::Treelike T>
T psum(const T& value, std::string_view axis_name, const AxisIndexGroups& groups = {}) {
  return tree::map([&](const Tensor& x) { return psum(x, axis_name, groups); }, value);
}
template <tree::Treelike T>
T pmean(const T& value, std::string_view axis_name, const AxisIndexGroups& groups = {}) {
  return tree::map([&](const Tensor& x) { return pmean(x, axis_name, groups); }, value);
}

/// Throws InvalidArgument, in the name of `who`, unless `groups` are none or a partition of the
/// replicas of `axis`.
void check_groups(const AxisIndexGroups& groups, const ReplicaAxis& axis, std::string_view who);

}  // namespace linseed
