#include <linseed/framework/graph/axis.h>

#include <algorithm>
#include <vector>

#include <linseed/framework/core/error.h>

namespace linseed {
namespace {

thread_local std::vector<BoundAxis> open_axes;
thread_local int single_replica_depth = 0;

std::string names_of(std::span<const BoundAxis> axes) {
  std::string text;
  for (const auto& [axis, index] : axes) {
    text += fmt::format("{}\"{}\" ({} replicas)", text.empty() ? "" : ", ", axis.name, axis.size);
  }
  return text.empty() ? "none" : text;
}

auto find(std::string_view name) {
  return std::find_if(open_axes.begin(), open_axes.end(),
                      [&](const BoundAxis& bound) { return bound.axis.name == name; });
}

}  // namespace

AxisScope::AxisScope(BoundAxis axis) {
  if (find(axis.axis.name) != open_axes.end()) {
    throw InvalidArgument(
        "pmap: the axis \"{}\" is open already around this one; give each its own name",
        axis.axis.name);
  }
  open_axes.push_back(std::move(axis));
}

AxisScope::~AxisScope() { open_axes.pop_back(); }

std::span<const BoundAxis> AxisScope::open() { return open_axes; }

SingleReplicaScope::SingleReplicaScope() { ++single_replica_depth; }
SingleReplicaScope::~SingleReplicaScope() { --single_replica_depth; }
bool SingleReplicaScope::is_open() { return single_replica_depth > 0; }

const BoundAxis* find_axis(std::string_view name, std::string_view who) {
  if (SingleReplicaScope::is_open()) return nullptr;
  const auto found = find(name);
  if (found == open_axes.end()) {
    // psum(x, "bacth"), or outside of the function that pmap was given.
    throw InvalidArgument("{}: no axis of replicas is called \"{}\" here; those open are: {}", who,
                          name, names_of(open_axes));
  }
  return &*found;
}

}  // namespace linseed
