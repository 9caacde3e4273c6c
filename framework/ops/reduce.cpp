// Rows of reductions.
#include <linseed/framework/ops/reduce.h>

#include <algorithm>

#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/kernels/reduce.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/halves_internal.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::ReduceAttributes;

/// A reduced tensor, put back over the shape of the unreduced one.
Tensor spread(const Tensor& reduced, const Backward& b) {
  const Shape& shape = b.input(0).shape();
  const auto& axes = b.attributes().as<ReduceAttributes>().axes;
  return broadcast_to(reshape(reduced, with_ones(shape, axes)), shape);
}

std::vector<TensorSpec> reduced(Specs in, const Attributes& a) {
  return {{without_axes(in[0].shape, a.as<ReduceAttributes>().axes), in[0].dtype}};
}

/// A reduction that has no value for nothing.
std::vector<TensorSpec> reduced_from_something(Specs in, const Attributes& a,
                                               std::string_view who) {
  for (const int axis : a.as<ReduceAttributes>().axes) {
    if (in[0].shape[axis] == 0) {
      throw InvalidArgument("{}: axis {} of {} is empty: there is no such element", who, axis,
                            in[0]);
    }
  }
  return reduced(in, a);
}

/// The cotangent of an extreme element, shared equally among those that tie.
Tensors to_extremes(const Backward& b) {
  const Tensor chosen = astype(equal(b.input(0), spread(b.output(), b)), b.cotangent().dtype());
  const auto& axes = b.attributes().as<ReduceAttributes>().axes;
  const Tensor ties = sum(chosen, Axes(axes));
  return {chosen * spread(b.cotangent() / ties, b)};
}

const Primitive kSum{
    .name = "sum",
    .attributes = &attribute_text<ReduceAttributes>,
    .type = reduced,
    .kernel = kernels::reduce_sum,
    .derivative = [](const Backward& b) -> Tensors { return {spread(b.cotangent(), b)}; },
};

const Primitive kMax{
    .name = "max",
    .attributes = &attribute_text<ReduceAttributes>,
    .type = [](Specs in, const Attributes& a) { return reduced_from_something(in, a, "max"); },
    .kernel = kernels::reduce_max,
    .derivative = to_extremes,
};

const Primitive kMin{
    .name = "min",
    .attributes = &attribute_text<ReduceAttributes>,
    .type = [](Specs in, const Attributes& a) { return reduced_from_something(in, a, "min"); },
    .kernel = kernels::reduce_min,
    .derivative = to_extremes,
};

const Primitive kArgmax{
    .name = "argmax",
    .attributes = &attribute_text<ReduceAttributes>,
    .type =
        [](Specs in, const Attributes& a) {
          auto result = reduced_from_something(in, a, "argmax");
          result[0].dtype = int32;
          return result;
        },
    .kernel = kernels::argmax,
    .no_derivative = "an index is piecewise constant",
};

Tensor reduce(const Primitive& primitive, const Tensor& x, const Axes& axes, KeepDims keep) {
  std::vector<int> resolved = axes.resolve(x.ndim(), primitive.name);
  const Shape kept = with_ones(x.shape(), resolved);
  if (resolved.empty()) return x;
  const Tensor result = apply(primitive, {x}, ReduceAttributes{std::move(resolved)});
  return keep == KeepDims::yes ? reshape(result, kept) : result;
}

}  // namespace

Shape without_axes(const Shape& shape, const std::vector<int>& axes) {
  Shape rest;
  for (int i = 0; i < shape.ndim(); ++i) {
    if (!std::binary_search(axes.begin(), axes.end(), i)) rest.push_back(shape[i]);
  }
  return rest;
}

Shape with_ones(Shape shape, const std::vector<int>& axes) {
  for (const int axis : axes) shape[axis] = 1;
  return shape;
}

Rows reduce_rows() { return {&kSum, &kMax, &kMin, &kArgmax}; }

Tensor sum(const Tensor& x, const Axes& axes, KeepDims keep) {
  return reduce(kSum, as_number(x), axes, keep);
}

Tensor mean(const Tensor& x, const Axes& axes, KeepDims keep) {
  std::int64_t count = 1;
  for (const int axis : axes.resolve(x.ndim(), "mean")) count *= x.dim(axis);
  return in_float32(as_floating(x), [&](const Tensor& t) { return sum(t, axes, keep) / count; });
}

Tensor max(const Tensor& x, const Axes& axes, KeepDims keep) { return reduce(kMax, x, axes, keep); }
Tensor min(const Tensor& x, const Axes& axes, KeepDims keep) { return reduce(kMin, x, axes, keep); }

Tensor argmax(const Tensor& x, int axis) {
  return apply(kArgmax, {x}, ReduceAttributes{{resolve_axis(axis, x.ndim(), "argmax")}});
}

Tensor argmin(const Tensor& x, int axis) {
  const int resolved = resolve_axis(axis, x.ndim(), "argmin");
  if (x.dim(resolved) == 0) {
    throw InvalidArgument("argmin: axis {} of {} is empty: there is no such element", resolved,
                          x.spec());
  }
  if (x.dtype() == bool_) return argmax(logical_not(x), resolved);
  return argmax(in_reverse(x), resolved);
}

Tensor any(const Tensor& x, const Axes& axes, KeepDims keep) {
  return sum(astype(x, bool_), axes, keep) > 0;
}

Tensor all(const Tensor& x, const Axes& axes, KeepDims keep) {
  return logical_not(any(logical_not(x), axes, keep));
}

}  // namespace linseed
