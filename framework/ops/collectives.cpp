// Rows of the exchange between replicas.
#include <linseed/framework/ops/collectives.h>

#include <algorithm>
#include <numeric>

#include <linseed/framework/graph/axis.h>
#include <linseed/framework/kernels/collectives.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/halves_internal.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::CollectiveAttributes;
using kernels::PermuteAttributes;
using kernels::RequireEqualAttributes;

template <class A>
const ReplicaAxis& axis_of(const Attributes& attributes) {
  return attributes.as<A>().axis;
}

/// The same collective on another operand: (x, the replica's place) as its inputs.
Tensor again(const Primitive& row, const Tensor& x, const Backward& b) {
  return apply(row, {x, b.input(1)}, b.attributes());
}

const Primitive kPsum{
    .name = "psum",
    .type = same_as_input,
    .joint_kernel = kernels::psum,
    .derivative = [](const Backward& b) -> Tensors {
      return {again(kPsum, b.cotangent(), b), {}};
    },
    .axis = axis_of<CollectiveAttributes>,
};

const Primitive kPmax{
    .name = "pmax",
    .type = same_as_input,
    .joint_kernel = kernels::pmax,
    .no_derivative = "which replica has the extreme value is not recorded",
    .axis = axis_of<CollectiveAttributes>,
};

const Primitive kAllToAll{
    .name = "all_to_all",
    .type = same_as_input,
    .joint_kernel = kernels::all_to_all,
    .derivative = [](const Backward& b) -> Tensors {
      return {again(kAllToAll, b.cotangent(), b), {}};
    },
    .axis = axis_of<CollectiveAttributes>,
    .takes_halves = true,
};

/// Who sends to r, for each r, if `sources` says from whom r receives.
std::vector<int> inverse(const std::vector<int>& sources) {
  std::vector<int> result(sources.size(), -1);
  for (std::size_t r = 0; r < sources.size(); ++r) {
    if (sources[r] >= 0) result[static_cast<std::size_t>(sources[r])] = static_cast<int>(r);
  }
  return result;
}

const Primitive kPpermute{
    .name = "ppermute",
    .type = same_as_input,
    .joint_kernel = kernels::ppermute,
    .derivative = [](const Backward& b) -> Tensors {
      const auto& a = b.attributes().as<PermuteAttributes>();
      return {apply(kPpermute, {b.cotangent(), b.input(1)},
                    PermuteAttributes{a.axis, inverse(a.sources)}),
              {}};
    },
    .axis = axis_of<PermuteAttributes>,
    .takes_halves = true,
};

const Primitive kRequireEqual{
    .name = "require_equal",
    .type = same_as_input,
    .joint_kernel = kernels::require_equal,
    .derivative = [](const Backward& b) -> Tensors {
      return {b.cotangent(), {}};
    },
    .axis = axis_of<RequireEqualAttributes>,
    .takes_halves = true,
};

AxisIndexGroups all_in_one(const ReplicaAxis& axis) {
  std::vector<int> all(static_cast<std::size_t>(axis.size));
  std::iota(all.begin(), all.end(), 0);
  return {all};
}

/// The groups that exchange along an axis, checked.
CollectiveAttributes attributes_for(const BoundAxis& bound, const AxisIndexGroups& groups,
                                    std::string_view who) {
  check_groups(groups, bound.axis, who);
  return {bound.axis, groups.empty() ? all_in_one(bound.axis) : groups};
}

bool have_one_size(const AxisIndexGroups& groups) {
  return std::all_of(groups.begin(), groups.end(),
                     [&](const auto& group) { return group.size() == groups.front().size(); });
}

/// True if every replica along the axis has the same x, because it was made outside.
bool is_common(const Tensor& x, const BoundAxis& bound) {
  return x.node()->trace_level < bound.index.node()->trace_level;
}

/// The number of replicas in the own group, to compute with in the type of x.
Tensor group_size(const CollectiveAttributes& a, const BoundAxis& bound, DType dtype) {
  if (have_one_size(a.groups)) {
    return full({}, static_cast<double>(a.groups.front().size()), dtype);
  }
  std::vector<std::int32_t> sizes(static_cast<std::size_t>(bound.axis.size));
  for (const auto& group : a.groups) {
    for (const int member : group) {
      sizes[static_cast<std::size_t>(member)] = static_cast<std::int32_t>(group.size());
    }
  }
  const Tensor of_all = Tensor::from(std::span<const std::int32_t>(sizes), {bound.axis.size});
  return astype(take(of_all, bound.index, 0), dtype);
}

Tensor sum_over(const Tensor& x, const BoundAxis& bound, const CollectiveAttributes& attributes) {
  if (is_common(x, bound)) return x * group_size(attributes, bound, x.dtype());
  return apply(kPsum, {x, bound.index}, attributes);
}

/// The same for what takes groups of one size only.
CollectiveAttributes attributes_for_equal(const BoundAxis& bound, const AxisIndexGroups& groups,
                                          std::string_view who) {
  CollectiveAttributes attributes = attributes_for(bound, groups, who);
  if (!have_one_size(attributes.groups)) {
    throw InvalidArgument(
        "{}: the groups of axis \"{}\" have different sizes; only psum, pmean and BatchNorm take "
        "such",
        who, bound.axis.name);
  }
  return attributes;
}

void check_pieces(const Tensor& x, int axis, const CollectiveAttributes& attributes,
                  std::string_view who) {
  const auto members = static_cast<std::int64_t>(attributes.groups.front().size());
  if (x.dim(axis) != members) {
    throw InvalidArgument(
        "{}: axis {} of {} must have one entry for each of the {} replicas that exchange", who,
        axis, x.spec(), members);
  }
}

Tensor exchange(const Tensor& x, const BoundAxis& bound, const CollectiveAttributes& attributes) {
  return apply(kAllToAll, {x, bound.index}, attributes);
}

/// pmax, in the name of `who`.
Tensor max_over(const Tensor& x, std::string_view axis_name, const AxisIndexGroups& groups,
                std::string_view who) {
  const BoundAxis* bound = find_axis(axis_name, who);
  if (bound == nullptr) return x;
  const CollectiveAttributes attributes = attributes_for_equal(*bound, groups, who);
  if (is_common(x, *bound)) return x;
  if (x.dtype() != bool_) return apply(kPmax, {x, bound->index}, attributes);
  return astype(apply(kPmax, {astype(x, uint8), bound->index}, attributes), bool_);
}

Tensor first_entry(const Tensor& x) { return take(x, Tensor(0), 0); }

}  // namespace

Rows collective_rows() { return {&kPsum, &kPmax, &kAllToAll, &kPpermute, &kRequireEqual}; }

void check_groups(const AxisIndexGroups& groups, const ReplicaAxis& axis, std::string_view who) {
  if (groups.empty()) return;
  std::vector<int> uses(static_cast<std::size_t>(axis.size), 0);
  for (const std::vector<int>& group : groups) {
    for (const int member : group) {
      if (member < 0 || member >= axis.size) {
        throw InvalidArgument("{}: the groups name replica {}, but axis \"{}\" has {}", who, member,
                              axis.name, axis.size);
      }
      ++uses[static_cast<std::size_t>(member)];
    }
    if (group.empty()) throw InvalidArgument("{}: a group is empty", who);
  }
  const auto wrong = std::find_if(uses.begin(), uses.end(), [](int count) { return count != 1; });
  if (wrong != uses.end()) {
    throw InvalidArgument(
        "{}: replica {} of axis \"{}\" is in {} groups; each of the {} must be in exactly one", who,
        wrong - uses.begin(), axis.name, *wrong, axis.size);
  }
}

Tensor psum(const Tensor& x, std::string_view axis_name, const AxisIndexGroups& groups) {
  const Tensor values = as_number(x);
  const BoundAxis* bound = find_axis(axis_name, "psum");
  if (bound == nullptr) return values;
  return sum_over(values, *bound, attributes_for(*bound, groups, "psum"));
}

Tensor pmean(const Tensor& x, std::string_view axis_name, const AxisIndexGroups& groups) {
  const Tensor values = as_floating(x);
  const BoundAxis* bound = find_axis(axis_name, "pmean");
  if (bound == nullptr) return values;
  const CollectiveAttributes attributes = attributes_for(*bound, groups, "pmean");
  if (is_common(values, *bound)) return values;
  return in_float32(values, [&](const Tensor& t) {
    return sum_over(t, *bound, attributes) / group_size(attributes, *bound, t.dtype());
  });
}

Tensor pmax(const Tensor& x, std::string_view axis_name, const AxisIndexGroups& groups) {
  return max_over(x, axis_name, groups, "pmax");
}

Tensor pmin(const Tensor& x, std::string_view axis_name, const AxisIndexGroups& groups) {
  const auto max = [&](const Tensor& t) { return max_over(t, axis_name, groups, "pmin"); };
  return x.dtype() == bool_ ? logical_not(max(logical_not(x))) : in_reverse(max(in_reverse(x)));
}

Tensor all_to_all(const Tensor& x, std::string_view axis_name, int split_axis, int concat_axis,
                  const AxisIndexGroups& groups) {
  const int split = resolve_axis(split_axis, x.ndim(), "all_to_all");
  const int concat = resolve_axis(concat_axis, x.ndim(), "all_to_all");
  const BoundAxis* bound = find_axis(axis_name, "all_to_all");
  if (bound == nullptr) return move_axis(x, split, concat);
  const CollectiveAttributes attributes = attributes_for_equal(*bound, groups, "all_to_all");
  check_pieces(x, split, attributes, "all_to_all");
  return move_axis(exchange(move_axis(x, split, 0), *bound, attributes), 0, concat);
}

// What is sent to all is sent to each: the derivative is psum_scatter by the rules of both halves.
Tensor all_gather(const Tensor& x, std::string_view axis_name, const AxisIndexGroups& groups) {
  const BoundAxis* bound = find_axis(axis_name, "all_gather");
  if (bound == nullptr) return expand_dims(x, 0);
  const CollectiveAttributes attributes = attributes_for_equal(*bound, groups, "all_gather");
  std::vector<std::int64_t> copies = x.shape().dims();
  copies.insert(copies.begin(), static_cast<std::int64_t>(attributes.groups.front().size()));
  return exchange(broadcast_to(x, Shape(std::move(copies))), *bound, attributes);
}

Tensor psum_scatter(const Tensor& x, std::string_view axis_name, const AxisIndexGroups& groups) {
  if (x.ndim() == 0) {
    throw InvalidArgument("psum_scatter: a scalar has no entries to scatter; got {}", x.spec());
  }
  const Tensor values = as_number(x);
  const BoundAxis* bound = find_axis(axis_name, "psum_scatter");
  if (bound == nullptr) return first_entry(values);
  const CollectiveAttributes attributes = attributes_for_equal(*bound, groups, "psum_scatter");
  check_pieces(values, 0, attributes, "psum_scatter");
  return sum(exchange(values, *bound, attributes), {0});
}

Tensor ppermute(const Tensor& x, std::string_view axis_name, const Permutation& permutation) {
  const BoundAxis* bound = find_axis(axis_name, "ppermute");
  if (bound == nullptr) return x;
  const int size = bound->axis.size;
  std::vector<int> sources(static_cast<std::size_t>(size), -1);
  std::vector<bool> has_sent(static_cast<std::size_t>(size), false);
  for (const auto& [from, to] : permutation) {
    if (from < 0 || from >= size || to < 0 || to >= size) {
      throw InvalidArgument("ppermute: ({}, {}) names a replica that axis \"{}\", of {}, has not",
                            from, to, axis_name, size);
    }
    if (sources[static_cast<std::size_t>(to)] >= 0 || has_sent[static_cast<std::size_t>(from)]) {
      throw InvalidArgument(
          "ppermute: ({}, {}) sends from or to a replica for the second time; each sends and "
          "receives once at most",
          from, to);
    }
    sources[static_cast<std::size_t>(to)] = from;
    has_sent[static_cast<std::size_t>(from)] = true;
  }
  return apply(kPpermute, {x, bound->index}, PermuteAttributes{bound->axis, std::move(sources)});
}

Tensor broadcast(const Tensor& x, std::string_view axis_name, int root) {
  const BoundAxis* bound = find_axis(axis_name, "broadcast");
  if (bound == nullptr) return x;
  if (root < 0 || root >= bound->axis.size) {
    throw InvalidArgument("broadcast: there is no replica {} on axis \"{}\", which has {}", root,
                          axis_name, bound->axis.size);
  }
  if (is_common(x, *bound)) return x;
  const Tensor sum_of_one = psum(where(equal(bound->index, root), x, zeros_like(x)), axis_name);
  return astype(sum_of_one, x.dtype());
}

Tensor require_equal(const Tensor& x, std::string_view axis_name, std::string message) {
  const BoundAxis* bound = find_axis(axis_name, "require_equal");
  if (bound == nullptr || is_common(x, *bound)) return x;
  return apply(kRequireEqual, {x, bound->index},
               RequireEqualAttributes{bound->axis, std::move(message)});
}

Tensor axis_index(std::string_view axis_name) {
  const BoundAxis* bound = find_axis(axis_name, "axis_index");
  return bound == nullptr ? Tensor(0) : bound->index;
}

int axis_size(std::string_view axis_name) {
  const BoundAxis* bound = find_axis(axis_name, "axis_size");
  return bound == nullptr ? 1 : bound->axis.size;
}

}  // namespace linseed
