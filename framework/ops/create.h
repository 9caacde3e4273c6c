// Tensors from nothing.
#pragma once

#include <linseed/framework/ops/operand.h>

namespace linseed {

Tensor zeros(Shape shape, DType dtype = float32);
Tensor ones(Shape shape, DType dtype = float32);
/// A tensor with every element `value`. The dtype of a C++ floating value is float32, of an
/// integer int32, unless given.
Tensor full(Shape shape, Operand value);
Tensor full(Shape shape, Operand value, DType dtype);
Tensor zeros_like(const Tensor& tensor);
Tensor ones_like(const Tensor& tensor);

/// 0, 1, …, stop − 1. InvalidArgument if stop is negative.
Tensor arange(std::int64_t stop, DType dtype = int32);

}  // namespace linseed
