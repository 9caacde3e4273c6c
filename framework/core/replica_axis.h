// The name and size of an axis of replicas, and its groups.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed {

/// Replicas of one function, which can exchange values under this name.
struct ReplicaAxis {
  std::string name;
  int size = 1;

  bool operator==(const ReplicaAxis&) const = default;
};

/// A partition of the replicas along an axis into groups that exchange values among themselves:
/// {{0, 1}, {2, 3}}. None: all replicas are one group.
using AxisIndexGroups = std::vector<std::vector<int>>;

/// The first replica whose entry of x [replicas, …] has other bits than replica 0's; 0 if all are
/// alike. Evaluates x.
std::int64_t replica_out_of_step(const Tensor& x);

}  // namespace linseed
