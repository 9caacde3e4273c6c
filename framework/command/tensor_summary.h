// A tensor in a few numbers.
#pragma once

#include <cstdint>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed::command {

/// Of the finite elements, in float64; all 0 if there are none.
struct TensorSummary {
  double norm = 0;  // √Σx²
  double mean = 0;
  double min = 0;
  double max = 0;
  std::int64_t non_finite = 0;  // how many elements are NaN or infinite
};

TensorSummary summarise(const Tensor& tensor);

/// Same shape, dtype and bits.
bool same_bits(const Tensor& a, const Tensor& b);

}  // namespace linseed::command
