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

/// How many numbers there are from `start` on in steps of `step`, until `stop`. The distance is
/// taken in unsigned numbers, where that of any two int64 fits.
std::int64_t count_of_steps(std::int64_t start, std::int64_t stop, std::int64_t step) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 44;  // int64, in what a process can address
  if (step > 0 ? start >= stop : start <= stop) return 0;
  const auto magnitude = [](std::int64_t from, std::int64_t to) {
    return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  };
  const std::uint64_t distance = step > 0 ? magnitude(start, stop) : magnitude(stop, start);
  const std::uint64_t stride = step > 0 ? magnitude(0, step) : magnitude(step, 0);
  const std::uint64_t count = (distance - 1) / stride + 1;
  if (count > kMost) {
    throw InvalidArgument("arange: from {} to {} in steps of {}: {} numbers, too many for a tensor",
                          start, stop, step, count);
  }
  return static_cast<std::int64_t>(count);
}

// start + i · step. The product alone may leave int64 where the sum comes back to it, so both wrap.
std::int64_t number_at(std::int64_t i, std::int64_t start, std::int64_t step) {
  const auto wrapping = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  return static_cast<std::int64_t>(wrapping(start) + wrapping(i) * wrapping(step));
}

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
    throw InvalidArgument("full: {} is no number of {}; take another dtype", value.floating(),
                          dtype);
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
  return arange(0, stop, 1, dtype);
}

Tensor arange(std::int64_t start, std::int64_t stop, std::int64_t step, DType dtype) {
  if (step == 0) throw InvalidArgument("arange: from {} to {} in steps of 0", start, stop);
  const std::int64_t count = count_of_steps(start, stop, step);
  const std::int64_t last = count == 0 ? start : number_at(count - 1, start, step);
  if (count > 0 && !(Operand(start).fits(dtype) && Operand(last).fits(dtype))) {
    throw InvalidArgument(
        "arange: from {} to {} in steps of {}: {} is no number of {}; take a wider dtype", start,
        stop, step, Operand(last).fits(dtype) ? start : last, dtype);
  }
  const auto first = [=](DType type) { return apply(kIota, {}, TensorSpec{{count}, type}); };
  if (start == 0 && step == 1) return first(dtype);
  return astype(first(int64) * step + start, dtype);
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
