// Replicas: one function on many shards of its arguments, in step.
#pragma once

#include <string>
#include <vector>

#include <linseed/framework/autodiff/mould.h>
#include <linseed/framework/core/replica_axis.h>
#include <linseed/framework/core/tree.h>

namespace linseed {

struct PmapOptions {
  std::string axis_name = {};  // for psum and its like; may be left out if nothing is exchanged
  int replicas = 0;            // 0: as many as the arguments' first dimension says
};

namespace detail {

/// What a function gives for each replica, stacked: results [size, …] of arguments [size, …].
/// `function` is traced once, on one replica's part of the arguments.
std::vector<Tensor> replicate_call(const ReplicaAxis& axis, const LeafFunction& function,
                                   const std::vector<Tensor>& arguments);

/// The number of replicas that `options` and the arguments agree on; `names` are those of the
/// arguments, for messages. InvalidArgument if they do not.
int replica_count(const PmapOptions& options, const std::vector<Tensor>& arguments,
                  const std::vector<std::string>& names);

/// `value`, in which each state says that it is stacked for so many replicas; 0: it is one's.
template <class T>
T stacked_for(int replicas, T value) {
  struct Marker : tree::Visitor {
    int count;
    explicit Marker(int wanted) : count(wanted) {}
    void leaf(const Tensor&) {}
    void replicas(int& mark) { mark = count; }
  } marker(replicas);
  tree::visit(value, marker);
  return value;
}

Tensor replicate(const Tensor& x, int replicas);
Tensor unreplicate(const Tensor& x, std::string_view name);
Tensor shard(const Tensor& x, int replicas, std::string_view name);

}  // namespace detail

/// Each tensor of a tree `replicas` times: [replicas, …].
template <tree::Treelike T>
T replicate(const T& value, int replicas) {
  return detail::stacked_for(
      replicas, tree::map([&](const Tensor& x) { return detail::replicate(x, replicas); }, value));
}

/// What all replicas have alike, once: the first entry of each tensor [replicas, …]. Evaluates.
/// InvalidArgument if replicas differ: each has gone its own way, and taking one would lose what
/// the others have learnt.
template <tree::Treelike T>
T unreplicate(const T& value) {
  const std::vector<tree::NamedLeaf> leaves = tree::named_leaves(value);
  std::vector<Tensor> entries;
  for (const tree::NamedLeaf& leaf : leaves) {
    entries.push_back(detail::unreplicate(leaf.tensor, leaf.path()));
  }
  return detail::stacked_for(0, tree::with_leaves(value, entries));
}

/// Each tensor [n, …] of a tree cut into `replicas` shards: [replicas, n / replicas, …].
/// InvalidArgument if n cannot be divided.
template <tree::Treelike T>
T shard(const T& value, int replicas) {
  std::vector<Tensor> shards;
  for (const tree::NamedLeaf& leaf : tree::named_leaves(value)) {
    shards.push_back(detail::shard(leaf.tensor, replicas, leaf.path()));
  }
  return tree::with_leaves(value, shards);
}

}  // namespace linseed
