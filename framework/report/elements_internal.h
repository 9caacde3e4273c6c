// The elements of a tensor of any dtype as numbers.
#pragma once

#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed {

/// Calls f(x) with each element, converted to float64, in order.
template <class F>
void for_each_element(const Tensor& tensor, F f) {
  visit_dtype(tensor.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (const T value : tensor.data<T>()) f(convert_element<double>(value));
  });
}

/// All elements, converted to float64.
inline std::vector<double> as_doubles(const Tensor& tensor) {
  std::vector<double> result;
  result.reserve(static_cast<std::size_t>(tensor.size()));
  for_each_element(tensor, [&](double x) { result.push_back(x); });
  return result;
}

}  // namespace linseed
