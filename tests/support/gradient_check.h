// Reverse-mode derivatives against central differences, for functions of float64 tensors.
#pragma once

#include <functional>
#include <vector>

#include <linseed/framework/autodiff/check_gradients.h>

namespace linseed::test {

/// A function of float64 tensors with one floating result.
using TensorFunction = std::function<Tensor(const std::vector<Tensor>&)>;

/// Every element of every input is tried.
inline constexpr int kAll = 1'000'000;

inline GradientCheck first_derivative_error(const TensorFunction& f,
                                            const std::vector<Tensor>& inputs) {
  return check_gradients(f, inputs, {.max_per_tensor = kAll});
}

inline GradientCheck second_derivative_error(const TensorFunction& f,
                                             const std::vector<Tensor>& inputs) {
  return check_gradients(f, inputs, {.order = 2, .max_per_tensor = kAll});
}

/// `size` fixed numbers of either sign with magnitudes in [0.5, 1.5).
inline Tensor uneven_weights(const Shape& shape, unsigned seed = 1) {
  return detail::uneven_weights(shape, seed);
}

}  // namespace linseed::test
