#include <linseed/framework/ops/statistics.h>

#include <limits>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/halves_internal.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// f(x), but `at_zero` where x = 0, and no derivative there. f never sees the zero: its infinite
/// derivative would make NaN of the 0 it is multiplied by.
Tensor except_at_zero(Tensor (*f)(const Tensor&), const Tensor& x, double at_zero) {
  const Tensor is_zero = equal(x, 0);
  return where(is_zero, at_zero, f(where(is_zero, 1, x)));
}

/// x with the dimensions `axes` (ascending) as one, the last.
Tensor gathered(const Tensor& x, const std::vector<int>& axes) {
  std::vector<int> permutation;
  for (int i = 0, next = 0; i < x.ndim(); ++i) {
    if (next < static_cast<int>(axes.size()) && axes[static_cast<std::size_t>(next)] == i) {
      ++next;
    } else {
      permutation.push_back(i);
    }
  }
  permutation.insert(permutation.end(), axes.begin(), axes.end());
  Shape shape = without_axes(x.shape(), axes);
  std::int64_t count = 1;
  for (const int axis : axes) count *= x.dim(axis);
  shape.push_back(count);
  return reshape(transpose(x, permutation), shape);
}

/// x with at least one element along the last dimension, and an even number of them if more: ones
/// are added.
Tensor with_ones_added(const Tensor& x) {
  const std::int64_t size = x.dim(-1);
  if (size == 1 || (size > 0 && size % 2 == 0)) return x;
  Shape one = x.shape();
  one[one.ndim() - 1] = 1;
  return concatenate({x, ones(one, x.dtype())}, -1);
}

}  // namespace

Tensor prod(const Tensor& x, const Axes& axes, KeepDims keep) {
  const std::vector<int> resolved = axes.resolve(x.ndim(), "prod");
  return in_float32(as_number(x), [&](const Tensor& values) {
    Tensor factors = with_ones_added(gathered(values, resolved));
    while (factors.dim(-1) > 1) {
      const std::vector<Tensor> halves = split(factors, 2, -1);
      factors = with_ones_added(halves[0] * halves[1]);
    }
    return reshape(factors, keep == KeepDims::yes ? with_ones(x.shape(), resolved)
                                                  : without_axes(x.shape(), resolved));
  });
}

Tensor norm(const Tensor& x, double order, const Axes& axes, KeepDims keep) {
  return in_float32(as_floating(x), [&](const Tensor& values) {
    if (order == 1) return sum(abs(values), axes, keep);
    if (order == 2) return except_at_zero(sqrt, sum(square(values), axes, keep), 0);
    if (order == kInfinity) return max(abs(values), axes, keep);
    throw InvalidArgument("norm: order {} is none of 1, 2 and infinity", order);
  });
}

Tensor logsumexp(const Tensor& x, const Axes& axes, KeepDims keep) {
  return in_float32(as_floating(x), [&](const Tensor& values) {
    if (x.size() == 0) return log(sum(exp(values), axes, keep));
    const Tensor largest = stop_gradient(max(values, axes, keepdims));
    const Tensor shift = where(is_finite(largest), largest, 0);
    const Tensor total = sum(exp(values - shift), axes, keep);
    return except_at_zero(log, total, -kInfinity) + reshape(shift, total.shape());
  });
}

Tensor var(const Tensor& x, const Axes& axes, int ddof, KeepDims keep) {
  std::int64_t free = -ddof;
  if (x.size() > 0)
    free += x.size() / without_axes(x.shape(), axes.resolve(x.ndim(), "var")).size();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double divisor = free > 0 ? static_cast<double>(free) : nan;
  return in_float32(as_floating(x),
                    [&](const Tensor& t) { return moments(t, axes, {}, keep).m2 / divisor; });
}

Tensor std(const Tensor& x, const Axes& axes, int ddof, KeepDims keep) {
  return in_float32(as_floating(x), [&](const Tensor& values) {
    return except_at_zero(sqrt, var(values, axes, ddof, keep), 0);
  });
}

Tensor running_mean(const Tensor& mean, const Tensor& value, std::int64_t count) {
  if (count == 1 || !is_floating(value.dtype())) return value;
  return mean + (value - mean) / static_cast<double>(count);
}

}  // namespace linseed
