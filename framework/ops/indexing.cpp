// Rows of take and its adjoint, and what is made of them.
#include <linseed/framework/ops/indexing.h>

#include <limits>

#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/kernels/indexing.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::TakeAttributes;

void check_indices(const TensorSpec& indices, std::string_view who) {
  if (indices.dtype != int32 && indices.dtype != int64 && indices.dtype != uint32) {
    throw InvalidArgument("{}: indices must be int32, int64 or uint32, got {}", who, indices);
  }
}

Shape replaced(const Shape& shape, int axis, int count, const Shape& by) {
  Shape result;
  for (int i = 0; i < axis; ++i) result.push_back(shape[i]);
  for (const std::int64_t dim : by) result.push_back(dim);
  for (int i = axis + count; i < shape.ndim(); ++i) result.push_back(shape[i]);
  return result;
}

const Primitive kTake{
    .name = "take",
    .attributes = &attribute_text<TakeAttributes>,
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      check_indices(in[1], "take");
      const int axis = a.as<TakeAttributes>().axis;
      if (in[0].shape[axis] == 0 && in[1].shape.size() > 0) {
        throw InvalidArgument("take: axis {} of {} is empty: there is nothing to take", axis,
                              in[0]);
      }
      return {{replaced(in[0].shape, axis, 1, in[1].shape), in[0].dtype}};
    },
    .kernel = kernels::take,
    .derivative = [](const Backward& b) -> Tensors {
      const auto& [axis, size] = b.attributes().as<TakeAttributes>();
      return {take_adjoint(b.cotangent(), b.input(1), axis, size), {}};
    },
    .takes_halves = true,
};

const Primitive kTakeAdjoint{
    .name = "take_adjoint",
    .attributes = &attribute_text<TakeAttributes>,
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      check_indices(in[1], "take_adjoint");
      const auto& [axis, size] = a.as<TakeAttributes>();
      for (int i = 0; i < in[1].shape.ndim(); ++i) {
        if (in[0].shape[axis + i] != in[1].shape[i]) {
          throw InvalidArgument(
              "take_adjoint: updates {} do not have the shape of the indices {} at "
              "axis {}",
              in[0], in[1], axis);
        }
      }
      if (size < 0 || (size == 0 && in[1].shape.size() > 0)) {
        throw InvalidArgument("take_adjoint: size {} has no place for the updates {}", size, in[0]);
      }
      return {{replaced(in[0].shape, axis, in[1].shape.ndim(), {size}), in[0].dtype}};
    },
    .kernel = kernels::take_adjoint,
    .derivative = [](const Backward& b) -> Tensors {
      return {take(b.cotangent(), b.input(1), b.attributes().as<TakeAttributes>().axis), {}};
    },
};

/// Whether `indices` fit x beside `axis`, and `axis` has elements if there are indices.
void check_along_axis(const Tensor& x, const Tensor& indices, int axis) {
  if (!is_integer(indices.dtype())) {
    throw InvalidArgument("take_along_axis: indices must be integers, got {}", indices.spec());
  }
  if (indices.ndim() != x.ndim()) {
    throw InvalidArgument("take_along_axis: indices {} and {} differ in the number of dimensions",
                          indices.spec(), x.spec());
  }
  for (int i = 0; i < x.ndim(); ++i) {
    if (i == axis || indices.dim(i) == x.dim(i) || indices.dim(i) == 1 || x.dim(i) == 1) continue;
    throw InvalidArgument(
        "take_along_axis: indices {} do not fit {} in dimension {}, beside axis {}", indices.spec(),
        x.spec(), i, axis);
  }
  if (x.dim(axis) == 0 && indices.dim(axis) > 0) {
    throw InvalidArgument("take_along_axis: axis {} of {} is empty: there is nothing to take", axis,
                          x.spec());
  }
}

}  // namespace

Rows indexing_rows() { return {&kTake, &kTakeAdjoint}; }

Tensor take(const Tensor& x, const Tensor& indices, int axis) {
  const int resolved = resolve_axis(axis, x.ndim(), "take");
  return apply(kTake, {x, indices}, TakeAttributes{resolved, x.dim(resolved)});
}

Tensor take_adjoint(const Tensor& updates, const Tensor& indices, int axis, std::int64_t size) {
  const int result_ndim = updates.ndim() - indices.ndim() + 1;
  return apply(kTakeAdjoint, {updates, indices},
               TakeAttributes{resolve_axis(axis, result_ndim, "take_adjoint"), size});
}

// Elements by their places in the flat x.
Tensor take_along_axis(const Tensor& x, const Tensor& indices, int axis) {
  const int along = resolve_axis(axis, x.ndim(), "take_along_axis");
  check_along_axis(x, indices, along);
  const bool is_small = x.size() <= std::numeric_limits<std::int32_t>::max();
  const DType wide = is_small && indices.dtype() == int32 ? int32 : int64;
  const std::int64_t size = x.dim(along);
  const Tensor index = astype(indices, wide);
  const Tensor counted = where(index < 0, index + size, index);
  const auto strides = row_major_strides(x.shape());
  Shape beside = x.shape();
  beside[along] = 1;
  Tensor places = clip(counted, 0, size - 1) * strides[static_cast<std::size_t>(along)];
  for (int i = 0; i < x.ndim(); ++i) {
    if (i == along || x.dim(i) == 1) continue;
    Shape row(std::vector<std::int64_t>(static_cast<std::size_t>(x.ndim()), 1));
    row[i] = x.dim(i);
    const Tensor steps = arange(x.dim(i), wide) * strides[static_cast<std::size_t>(i)];
    places = places + reshape(steps, row);
  }
  return take(reshape(x, {-1}), places, 0);
}

Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype) {
  if (classes < 0) throw InvalidArgument("one_hot: {} classes; at least 0 are needed", classes);
  // At least int32: 256 classes and more have no number in uint8.
  const DType wide = promote(labels.dtype(), int32);
  return astype(equal(expand_dims(labels, -1), arange(classes, wide)), dtype);
}

}  // namespace linseed
