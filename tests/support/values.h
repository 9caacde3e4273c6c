// Short ways for tests to write tensors down and to look into them.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include <linseed/framework/core/tensor.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed::test {

/// A float32 vector.
inline Tensor vector(std::initializer_list<float> values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

/// All elements, row-major, as double.
inline std::vector<double> values(const Tensor& tensor) {
  const Tensor wide = astype(tensor, float64);
  const auto data = wide.data<double>();
  return {data.begin(), data.end()};
}

/// The elements' bytes: what must not change with threads, plans or places of evaluation.
inline std::string bits(const Tensor& tensor) {
  const auto size = static_cast<std::size_t>(tensor.size()) * size_of(tensor.dtype());
  return {static_cast<const char*>(tensor.raw_data()), size};
}

/// A float32 tensor of `shape` with fixed, uneven numbers in [-1, 1).
inline Tensor uneven(const Shape& shape, std::uint32_t seed = 1) {
  std::vector<float> numbers(static_cast<std::size_t>(shape.size()));
  std::uint32_t state = seed * 2654435761U;
  for (float& number : numbers) {
    state = state * 1664525U + 1013904223U;  // a linear congruential generator
    number = static_cast<float>(state >> 8) * 0x1p-23F - 1;
  }
  return Tensor::from(numbers, shape);
}

}  // namespace linseed::test
