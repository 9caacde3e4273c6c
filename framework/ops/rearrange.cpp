#include <linseed/framework/ops/rearrange.h>

#include <algorithm>
#include <numeric>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using Sizes = std::vector<std::int64_t>;

/// Elements start, …, stop − 1 along `axis`, by the rules of `slice`.
Tensor part(const Tensor& x, int axis, std::int64_t start, std::int64_t stop) {
  Sizes from(static_cast<std::size_t>(x.ndim()), 0);
  Sizes to = x.shape().dims();
  from[static_cast<std::size_t>(axis)] = start;
  to[static_cast<std::size_t>(axis)] = stop;
  return slice(x, from, to);
}

std::vector<int> in_order(int ndim) {
  std::vector<int> permutation(static_cast<std::size_t>(ndim));
  std::iota(permutation.begin(), permutation.end(), 0);
  return permutation;
}

void check_count(std::int64_t count, std::string_view who) {
  if (count < 0) throw InvalidArgument("{}: {} is no number of times", who, count);
}

}  // namespace

Tensor stack(const std::vector<Tensor>& parts, int axis) {
  if (parts.empty()) throw InvalidArgument("stack: there is nothing to stack");
  const int resolved = resolve_axis(axis, parts.front().ndim() + 1, "stack");
  Tensors layers;
  for (const Tensor& part : parts) {
    if (part.shape() != parts.front().shape()) {
      throw InvalidArgument("stack: {} and {} differ in shape", parts.front().spec(), part.spec());
    }
    layers.push_back(expand_dims(part, resolved));
  }
  return concatenate(layers, resolved);
}

std::vector<Tensor> split(const Tensor& x, const Sizes& indices, int axis) {
  const int resolved = resolve_axis(axis, x.ndim(), "split");
  Tensors parts;
  std::int64_t start = 0;
  for (const std::int64_t stop : indices) {
    parts.push_back(part(x, resolved, start, stop));
    start = stop;
  }
  parts.push_back(part(x, resolved, start, x.dim(resolved)));
  return parts;
}

std::vector<Tensor> split_evenly(const Tensor& x, std::int64_t count, int axis) {
  const int resolved = resolve_axis(axis, x.ndim(), "split");
  const std::int64_t size = x.dim(resolved);
  if (count < 1) throw InvalidArgument("split: {} equal parts; at least 1 is needed", count);
  if (size % count != 0) {
    throw InvalidArgument(
        "split: axis {} of {} does not fall into {} equal parts; a list of indices cuts anywhere",
        resolved, x.spec(), count);
  }
  Sizes indices;
  for (std::int64_t i = 1; i < count; ++i) indices.push_back(i * (size / count));
  return split(x, indices, resolved);
}

// A dimension of its own before each of x's, repeated by broadcasting.
Tensor tile(const Tensor& x, const Sizes& counts) {
  const int given = static_cast<int>(counts.size());
  const int ndim = std::max(x.ndim(), given);
  Shape apart, repeated, joined;
  for (int i = 0; i < ndim; ++i) {
    const int at = i - (ndim - given);
    const std::int64_t count = at < 0 ? 1 : counts[static_cast<std::size_t>(at)];
    const std::int64_t size = i < ndim - x.ndim() ? 1 : x.dim(i - (ndim - x.ndim()));
    check_count(count, "tile");
    apart.push_back(1);
    apart.push_back(size);
    repeated.push_back(count);
    repeated.push_back(size);
    joined.push_back(count * size);
  }
  return reshape(broadcast_to(reshape(x, apart), repeated), joined);
}

Tensor repeat(const Tensor& x, std::int64_t count, int axis) {
  const int resolved = resolve_axis(axis, x.ndim(), "repeat");
  check_count(count, "repeat");
  const Tensor apart = expand_dims(x, resolved + 1);
  Shape repeated = apart.shape();
  repeated[resolved + 1] = count;
  Shape joined = x.shape();
  joined[resolved] *= count;
  return reshape(broadcast_to(apart, repeated), joined);
}

Tensor flip(const Tensor& x, const Axes& axes) {
  Tensor result = x;
  for (const int axis : axes.resolve(x.ndim(), "flip")) {
    const std::int64_t size = x.dim(axis);
    result = take(result, size - 1 - arange(size, int64), axis);
  }
  return result;
}

Tensor roll(const Tensor& x, std::int64_t shift, int axis) {
  const int resolved = resolve_axis(axis, x.ndim(), "roll");
  const std::int64_t size = x.dim(resolved);
  if (size == 0 || shift % size == 0) return x;
  const std::int64_t kept = (size - shift % size) % size;  // how many do not come back
  return concatenate({part(x, resolved, kept, size), part(x, resolved, 0, kept)}, resolved);
}

Tensor squeeze(const Tensor& x, const Axes& axes) {
  std::vector<int> ones;
  for (const int axis : axes.resolve(x.ndim(), "squeeze")) {
    if (x.dim(axis) == 1) {
      ones.push_back(axis);
    } else if (axes != Axes()) {
      throw InvalidArgument("squeeze: axis {} of {} has size {}, not 1", axis, x.spec(),
                            x.dim(axis));
    }
  }
  return reshape(x, without_axes(x.shape(), ones));
}

Tensor swap_axes(const Tensor& x, int a, int b) {
  std::vector<int> permutation = in_order(x.ndim());
  std::swap(permutation[static_cast<std::size_t>(resolve_axis(a, x.ndim(), "swap_axes"))],
            permutation[static_cast<std::size_t>(resolve_axis(b, x.ndim(), "swap_axes"))]);
  return transpose(x, permutation);
}

Tensor move_axis(const Tensor& x, int from, int to) {
  const int source = resolve_axis(from, x.ndim(), "move_axis");
  const int target = resolve_axis(to, x.ndim(), "move_axis");
  std::vector<int> permutation = in_order(x.ndim());
  permutation.erase(permutation.begin() + source);
  permutation.insert(permutation.begin() + target, source);
  return transpose(x, permutation);
}

}  // namespace linseed
