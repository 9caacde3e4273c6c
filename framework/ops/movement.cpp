// Rows that move elements.
#include <linseed/framework/ops/movement.h>

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/kernels/movement.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::ConcatenateAttributes;
using kernels::PadAttributes;
using kernels::ReshapeAttributes;
using kernels::SliceAttributes;
using kernels::TransposeAttributes;
using Sizes = std::vector<std::int64_t>;

const Primitive kReshape{
    .name = "reshape",
    .attributes = &attribute_text<ReshapeAttributes>,
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      return {{a.as<ReshapeAttributes>().shape, in[0].dtype}};
    },
    .derivative = [](const Backward& b) -> Tensors {
      return {reshape(b.cotangent(), b.input(0).shape())};
    },
    .shares_buffer = true,
};

const Primitive kBroadcast{
    .name = "broadcast_to",
    .attributes = &attribute_text<ReshapeAttributes>,
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      const Shape& shape = a.as<ReshapeAttributes>().shape;
      if (broadcast_shapes(in[0].shape, shape, "broadcast_to") != shape) {
        throw InvalidArgument("broadcast_to: {} cannot be repeated to shape {}", in[0], shape);
      }
      return {{shape, in[0].dtype}};
    },
    .kernel = kernels::broadcast,
    .derivative = [](const Backward& b) -> Tensors {
      return {sum_to(b.cotangent(), b.input(0).shape())};
    },
    .takes_halves = true,
};

const Primitive kTranspose{
    .name = "transpose",
    .attributes = &attribute_text<TransposeAttributes>,
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      const auto& permutation = a.as<TransposeAttributes>().permutation;
      std::vector<int> sorted = permutation;
      std::sort(sorted.begin(), sorted.end());
      std::vector<int> all(static_cast<std::size_t>(in[0].shape.ndim()));
      std::iota(all.begin(), all.end(), 0);
      if (sorted != all) {
        throw InvalidArgument("transpose: [{}] is no permutation of the dimensions of {}",
                              fmt::join(permutation, ","), in[0]);
      }
      Shape shape;
      for (const int from : permutation) shape.push_back(in[0].shape[from]);
      return {{shape, in[0].dtype}};
    },
    .kernel = kernels::transpose,
    .derivative = [](const Backward& b) -> Tensors {
      const auto& permutation = b.attributes().as<TransposeAttributes>().permutation;
      std::vector<int> inverse(permutation.size());
      for (std::size_t i = 0; i < permutation.size(); ++i) {
        inverse[static_cast<std::size_t>(permutation[i])] = static_cast<int>(i);
      }
      return {transpose(b.cotangent(), inverse)};
    },
    .takes_halves = true,
};

const Primitive kSlice{
    .name = "slice",
    .attributes = &attribute_text<SliceAttributes>,
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      return {{Shape(a.as<SliceAttributes>().size), in[0].dtype}};
    },
    .kernel = kernels::slice,
    .derivative = [](const Backward& b) -> Tensors {
      // Back to where the elements came from, zeros elsewhere.
      const auto& [start, stride, size] = b.attributes().as<SliceAttributes>();
      const Shape& shape = b.input(0).shape();
      Sizes high(start.size()), interior(start.size());
      for (std::size_t i = 0; i < start.size(); ++i) {
        if (size[i] == 0) return {zeros_like(b.input(0))};
        interior[i] = stride[i] - 1;
        high[i] = shape[static_cast<int>(i)] - (start[i] + (size[i] - 1) * stride[i] + 1);
      }
      return {pad(b.cotangent(), start, high, interior)};
    },
    .takes_halves = true,
};

const Primitive kPad{
    .name = "pad",
    .attributes = &attribute_text<PadAttributes>,
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      const auto& [low, high, interior] = a.as<PadAttributes>();
      Shape shape = in[0].shape;
      for (int i = 0; i < shape.ndim(); ++i) {
        const auto d = static_cast<std::size_t>(i);
        if (low[d] < 0 || high[d] < 0 || interior[d] < 0) {
          throw InvalidArgument("pad: negative padding ({}, {}, {}) in dimension {}", low[d],
                                high[d], interior[d], i);
        }
        shape[i] += low[d] + high[d] + std::max<std::int64_t>(shape[i] - 1, 0) * interior[d];
      }
      return {{shape, in[0].dtype}};
    },
    .kernel = kernels::pad,
    .derivative = [](const Backward& b) -> Tensors {
      const auto& [low, high, interior] = b.attributes().as<PadAttributes>();
      Sizes stop(low.size()), stride(low.size());
      for (std::size_t i = 0; i < low.size(); ++i) {
        stop[i] = b.cotangent().dim(static_cast<int>(i)) - high[i];
        stride[i] = interior[i] + 1;
      }
      return {slice(b.cotangent(), low, stop, stride)};
    },
    .takes_halves = true,
};

const Primitive kConcatenate{
    .name = "concatenate",
    .attributes = &attribute_text<ConcatenateAttributes>,
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      const int axis = a.as<ConcatenateAttributes>().axis;
      TensorSpec joined = in[0];
      joined.shape[axis] = 0;
      for (const TensorSpec& part : in) {
        Shape aligned = part.shape;
        if (aligned.ndim() == joined.shape.ndim()) aligned[axis] = joined.shape[axis];
        if (aligned != joined.shape) {
          throw InvalidArgument("concatenate: {} and {} differ beside axis {}", in[0], part, axis);
        }
        joined.shape[axis] += part.shape[axis];
      }
      return {joined};
    },
    .kernel = kernels::concatenate,
    .derivative = [](const Backward& b) -> Tensors {
      const auto axis = static_cast<std::size_t>(b.attributes().as<ConcatenateAttributes>().axis);
      Tensors cotangents(static_cast<std::size_t>(b.input_count()));
      Sizes start(static_cast<std::size_t>(b.cotangent().ndim()), 0);
      Sizes stop = b.cotangent().shape().dims();
      for (int i = 0; i < b.input_count(); ++i) {
        stop[axis] = start[axis] + b.input(i).dim(static_cast<int>(axis));
        if (b.needs(i)) cotangents[static_cast<std::size_t>(i)] = slice(b.cotangent(), start, stop);
        start[axis] = stop[axis];
      }
      return cotangents;
    },
    .takes_halves = true,
};

void check_one_per_dimension(const Sizes& values, const Tensor& x, std::string_view who,
                             std::string_view what) {
  if (static_cast<int>(values.size()) != x.ndim()) {
    throw InvalidArgument("{}: {} {} for {}, which has {} dimensions", who, values.size(), what,
                          x.spec(), x.ndim());
  }
}

}  // namespace

Rows movement_rows() {
  return {&kReshape, &kBroadcast, &kTranspose, &kSlice, &kPad, &kConcatenate};
}

Tensor reshape(const Tensor& x, Shape shape) {
  int unknown = -1;
  std::int64_t known_size = 1;
  for (int i = 0; i < shape.ndim(); ++i) {
    if (shape[i] == -1 && unknown < 0) {
      unknown = i;
    } else if (shape[i] < 0) {
      throw InvalidArgument("reshape: shape {} has more than one unknown or a negative size",
                            shape);
    } else {
      known_size *= shape[i];
    }
  }
  const Shape wanted = shape;
  if (unknown >= 0 && known_size > 0) shape[unknown] = x.size() / known_size;
  if (shape.size() != x.size() || (unknown >= 0 && known_size == 0)) {
    throw InvalidArgument("reshape: {} has {} elements, which do not fill shape {}", x.spec(),
                          x.size(), wanted);
  }
  if (shape == x.shape()) return x;
  return apply(kReshape, {x}, ReshapeAttributes{std::move(shape)});
}

Tensor transpose(const Tensor& x) {
  std::vector<int> reversed(static_cast<std::size_t>(x.ndim()));
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  return transpose(x, reversed);
}

Tensor transpose(const Tensor& x, const std::vector<int>& permutation) {
  std::vector<int> resolved = permutation;
  for (int& axis : resolved) axis = resolve_axis(axis, x.ndim(), "transpose");
  std::vector<int> unmoved(static_cast<std::size_t>(x.ndim()));
  std::iota(unmoved.begin(), unmoved.end(), 0);
  if (resolved == unmoved) return x;
  return apply(kTranspose, {x}, TransposeAttributes{std::move(resolved)});
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  return apply(kBroadcast, {x}, ReshapeAttributes{shape});
}

Tensor slice(const Tensor& x, const Sizes& start, const Sizes& stop, const Sizes& stride) {
  const Sizes steps = stride.empty() ? Sizes(start.size(), 1) : stride;
  check_one_per_dimension(start, x, "slice", "starts");
  check_one_per_dimension(stop, x, "slice", "stops");
  check_one_per_dimension(steps, x, "slice", "strides");
  SliceAttributes attributes{start, steps, {}};
  for (std::size_t i = 0; i < start.size(); ++i) {
    if (steps[i] < 1) throw InvalidArgument("slice: stride {} in dimension {}", steps[i], i);
    const std::int64_t dim = x.dim(static_cast<int>(i));
    const auto place = [dim](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + dim : at, 0, dim);
    };
    attributes.start[i] = place(start[i]);
    const std::int64_t extent = std::max<std::int64_t>(place(stop[i]) - attributes.start[i], 0);
    attributes.size.push_back((extent + steps[i] - 1) / steps[i]);
  }
  return apply(kSlice, {x}, std::move(attributes));
}

Tensor pad(const Tensor& x, const Sizes& low, const Sizes& high, const Sizes& interior) {
  const Sizes between = interior.empty() ? Sizes(low.size(), 0) : interior;
  check_one_per_dimension(low, x, "pad", "paddings before");
  check_one_per_dimension(high, x, "pad", "paddings after");
  check_one_per_dimension(between, x, "pad", "paddings between");
  return apply(kPad, {x}, PadAttributes{low, high, between});
}

Tensor concatenate(const std::vector<Tensor>& parts, int axis) {
  if (parts.empty()) throw InvalidArgument("concatenate: there is nothing to join");
  DType dtype = parts.front().dtype();
  for (const Tensor& part : parts) dtype = promote(dtype, part.dtype());
  Tensors inputs;
  for (const Tensor& part : parts) inputs.push_back(astype(part, dtype));
  const int resolved = resolve_axis(axis, parts.front().ndim(), "concatenate");
  return apply(kConcatenate, std::move(inputs), ConcatenateAttributes{resolved});
}

Tensor expand_dims(const Tensor& x, int axis) {
  const int at = resolve_axis(axis, x.ndim() + 1, "expand_dims");
  Sizes dims = x.shape().dims();
  dims.insert(dims.begin() + at, 1);
  return reshape(x, Shape(std::move(dims)));
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  std::vector<int> axes;
  const int lead = x.ndim() - shape.ndim();
  for (int i = 0; i < x.ndim(); ++i) {
    if (i < lead || (shape[i - lead] == 1 && x.dim(i) != 1)) axes.push_back(i);
  }
  return reshape(sum(x, Axes(std::move(axes))), shape);
}

}  // namespace linseed
