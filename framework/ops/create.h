// Tensors from nothing.
#pragma once

#include <type_traits>

#include <linseed/framework/ops/operand.h>

namespace linseed {

Tensor zeros(Shape shape, DType dtype = float32);
Tensor ones(Shape shape, DType dtype = float32);
/// A tensor with every element `value`. The dtype of a C++ floating value is float32, of an
/// integer int32, unless given. An integer dtype cuts fractions off; InvalidArgument for a number
/// out of its range, and for NaN.
Tensor full(Shape shape, Operand value);
Tensor full(Shape shape, Operand value, DType dtype);
Tensor zeros_like(const Tensor& tensor);
Tensor ones_like(const Tensor& tensor);

// InvalidArgument for more numbers than a tensor holds, and where an integer `dtype` does not have
// them all.

/// 0, 1, …, stop − 1. InvalidArgument if stop is negative.
Tensor arange(std::int64_t stop, DType dtype = int32);
/// start, start + step, …, as long as `stop` is not reached. InvalidArgument if step is 0.
Tensor arange(std::int64_t start, std::int64_t stop, std::int64_t step = 1, DType dtype = int32);
/// Fractions are refused when compiled: how many steps fit, rounding would decide. Use `linspace`.
template <class... Numbers>
requires(std::is_floating_point_v<Numbers> || ...) Tensor arange(Numbers...)
= delete;

/// `count` numbers in equal steps from `start` to `stop`, both included:
///   xᵢ = start (1 − tᵢ) + stop tᵢ,   tᵢ = i / (count − 1)
/// Halves are computed in float32 and rounded once. InvalidArgument if count is negative or `dtype`
/// is not floating.
Tensor linspace(double start, double stop, std::int64_t count, DType dtype = float32);

}  // namespace linseed
