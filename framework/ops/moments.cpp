// The row of moments, on which every normalisation stands.
#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/kernels/reduce.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::ReduceAttributes;

std::vector<TensorSpec> type(Specs in, const Attributes& attributes) {
  const auto& axes = attributes.as<ReduceAttributes>().axes;
  const TensorSpec& x = in[0];
  if (!is_floating(x.dtype)) {
    throw InvalidArgument("moments: a floating tensor was expected, got {}; convert it with astype",
                          x);
  }
  if (in.size() == 2) {
    if (axes.empty() || axes.front() != 0) {
      throw InvalidArgument("moments: a mask counts entries of axis 0, which is not reduced here");
    }
    if (in[1].shape != Shape{x.shape[0]}) {
      throw InvalidArgument("moments: the mask has shape {}, but axis 0 of {} needs [{}]",
                            in[1].shape, x, x.shape[0]);
    }
  }
  const Shape rest = without_axes(x.shape, axes);
  const DType dtype = promote(x.dtype, float32);
  return {{{}, dtype}, {rest, dtype}, {rest, dtype}};
}

/// 1 where an element of x counts, 0 elsewhere, shaped to broadcast against x.
Tensor counted(const Backward& b) {
  const Tensor& mask = b.input(1);
  Shape shape = Shape(std::vector<std::int64_t>(static_cast<std::size_t>(b.input(0).ndim()), 1));
  shape[0] = mask.dim(0);
  return reshape(not_equal(mask, 0), shape);
}

Tensors derivative(const Backward& b) {
  const Tensor& x = b.input(0);
  const bool masked = b.input_count() == 2;
  Tensors cotangents(masked ? 2 : 1);
  if (!b.needs(0)) return cotangents;

  const Shape kept = with_ones(x.shape(), b.attributes().as<ReduceAttributes>().axes);
  const auto spread = [&](const Tensor& reduced) { return reshape(reduced, kept); };
  Tensor total;
  if (b.cotangent(1).defined()) {
    total = broadcast_to(spread(b.cotangent(1) / maximum(b.output(0), 1)), x.shape());
  }
  if (b.cotangent(2).defined()) {
    const Tensor from_m2 = (x - spread(b.output(1))) * spread(b.cotangent(2) * 2);
    total = total.defined() ? total + from_m2 : from_m2;
  }
  if (total.defined() && masked) total = where(counted(b), total, 0);
  cotangents[0] = total;
  return cotangents;
}

const Primitive kMoments{
    .name = "moments",
    .attributes = &attribute_text<ReduceAttributes>,
    .type = type,
    .kernel = kernels::moments,
    // Of each element: its sum for the mean; then difference, square and sum.
    .flops = [](Specs in, Specs,
                const Attributes&) { return 4.0 * static_cast<double>(in[0].shape.size()); },
    .derivative = derivative,
};

}  // namespace

Rows moments_rows() { return {&kMoments}; }

Moments moments(const Tensor& x, const Axes& axes, const Tensor& mask, KeepDims keep) {
  std::vector<int> resolved = axes.resolve(x.ndim(), "moments");
  const Shape kept = with_ones(x.shape(), resolved);
  Tensors inputs{x};
  if (mask.defined()) inputs.push_back(astype(mask, x.dtype()));
  auto outputs = apply_all(kMoments, std::move(inputs), ReduceAttributes{std::move(resolved)});
  if (keep == KeepDims::yes) {
    outputs[1] = reshape(outputs[1], kept);
    outputs[2] = reshape(outputs[2], kept);
  }
  return {outputs[0], outputs[1], outputs[2]};
}

}  // namespace linseed
