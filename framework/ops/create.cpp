// fill, iota.
#include <linseed/framework/ops/create.h>

#include <algorithm>

#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

Tensors no_inputs(const Backward&) { return {}; }

const Primitive kFill{
    .name = "fill",
    .attributes = &attribute_text<kernels::FillAttributes>,
    .type = [](Specs,
               const Attributes& a) { return std::vector{a.as<kernels::FillAttributes>().spec}; },
    .kernel = kernels::fill,
    .derivative = no_inputs,
};

const Primitive kIota{
    .name = "iota",
    .attributes = &attribute_text<TensorSpec>,
    .type = [](Specs, const Attributes& a) { return std::vector{a.as<TensorSpec>()}; },
    .kernel = kernels::iota,
    .derivative = no_inputs,
};

}  // namespace

Rows create_rows() { return {&kFill, &kIota}; }

Tensor full(Shape shape, Operand value, DType dtype) {
  if (!value.is_number()) return broadcast_to(astype(value.tensor(), dtype), shape);
  if (!value.fits(dtype)) {
    throw InvalidArgument("full: {} is no number of {}", value.floating(), dtype);
  }
  return apply(
      kFill, {},
      kernels::FillAttributes{value.floating(), value.integer(), {std::move(shape), dtype}});
}

Tensor full(Shape shape, Operand value) {
  const DType dtype = value.is_number() ? value.dtype_alone() : value.tensor().dtype();
  return full(std::move(shape), std::move(value), dtype);
}

Tensor zeros(Shape shape, DType dtype) { return full(std::move(shape), 0, dtype); }
Tensor ones(Shape shape, DType dtype) { return full(std::move(shape), 1, dtype); }
Tensor zeros_like(const Tensor& tensor) { return zeros(tensor.shape(), tensor.dtype()); }
Tensor ones_like(const Tensor& tensor) { return ones(tensor.shape(), tensor.dtype()); }

Tensor arange(std::int64_t stop, DType dtype) {
  if (stop < 0) throw InvalidArgument("arange: {} is negative", stop);
  return apply(kIota, {}, TensorSpec{{stop}, dtype});
}

// The distance is taken in unsigned numbers, where that of any two int64 fits.
Tensor arange(std::int64_t start, std::int64_t stop, std::int64_t step, DType dtype) {
  if (step == 0) throw InvalidArgument("arange: from {} to {} in steps of 0", start, stop);
  const auto magnitude = [](std::int64_t from, std::int64_t to) {
    return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  };
  const bool is_empty = step > 0 ? start >= stop : start <= stop;
  const std::uint64_t distance = step > 0 ? magnitude(start, stop) : magnitude(stop, start);
  const std::uint64_t stride = step > 0 ? magnitude(0, step) : magnitude(step, 0);
  const auto count = is_empty ? 0 : static_cast<std::int64_t>((distance - 1) / stride + 1);
  return astype(arange(count, int64) * step + start, dtype);
}

Tensor linspace(double start, double stop, std::int64_t count, DType dtype) {
  if (count < 0) throw InvalidArgument("linspace: {} numbers", count);
  if (!is_floating(dtype)) {
    throw InvalidArgument("linspace: {} is no floating type; convert the result with astype",
                          dtype);
  }
  const DType wide = promote(dtype, float32);  // a half counts to 256 or 2048 only
  const Tensor fraction = arange(count, wide) / std::max<std::int64_t>(count - 1, 1);
  return astype((1 - fraction) * start + fraction * stop, dtype);
}

}  // namespace linseed
