// Named axes of replicas: which are bound while a function is traced.
#pragma once

#include <span>
#include <string_view>

#include <linseed/framework/core/replica_axis.h>
#include <linseed/framework/core/tensor.h>

namespace linseed {

/// An axis that is open, and the tensor that is each replica's place along it: an int32 scalar.
struct BoundAxis {
  ReplicaAxis axis;
  Tensor index;
};

/// Binds an axis on this thread while it lives.
class AxisScope {
 public:
  /// InvalidArgument if an axis of that name is open already.
  explicit AxisScope(BoundAxis axis);
  ~AxisScope();
  AxisScope(const AxisScope&) = delete;
  AxisScope& operator=(const AxisScope&) = delete;

  /// The axes open on this thread, the outermost first.
  static std::span<const BoundAxis> open();
};

/// While one is open, there is one replica as far as this thread's collectives are concerned, and
/// whatever axes they name: parameters are initialised outside of all replicas, or alike in each.
class SingleReplicaScope {
 public:
  SingleReplicaScope();
  ~SingleReplicaScope();
  SingleReplicaScope(const SingleReplicaScope&) = delete;
  SingleReplicaScope& operator=(const SingleReplicaScope&) = delete;

  static bool is_open();
};

/// The open axis `name`, or null inside of a SingleReplicaScope. InvalidArgument, in the name of
/// the operation `who`, lists the open ones if it is not among them.
const BoundAxis* find_axis(std::string_view name, std::string_view who);

}  // namespace linseed
