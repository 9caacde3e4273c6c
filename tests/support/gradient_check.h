// Reverse-mode derivatives against central differences.
#pragma once

#include <functional>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed::test {

/// A function of float64 tensors with one floating result.
using TensorFunction = std::function<Tensor(const std::vector<Tensor>&)>;

/// The largest deviation of a derivative, in units of what is allowed:
///   max |a − n| / (1e-6 · max(1, max |n|)),   a analytic, n numeric.
/// At most 1 is a pass. Central differences with step 1e-5 err by about 1e-10 (truncation) and
/// 1e-11 (rounding) for the functions tested here, so 1e-6 leaves room for their constants and
/// still sees any wrong factor. NaN is a fail.
struct GradientError {
  double worst = 0;
  bool passes() const { return worst <= 1; }
};

/// The gradient of Σ wᵢ f(x)ᵢ in each x, against differences of that sum.
/// The weights are fixed, uneven and of both signs, so that no column of the Jacobian hides.
GradientError first_derivative_error(const TensorFunction& f, const std::vector<Tensor>& inputs);

/// The gradient of Σ vⱼ gⱼ(x), g the gradient above, against differences of that sum.
GradientError second_derivative_error(const TensorFunction& f, const std::vector<Tensor>& inputs);

/// `size` fixed numbers of either sign with magnitudes in [0.5, 1.5).
Tensor uneven_weights(const Shape& shape, unsigned seed = 1);

}  // namespace linseed::test
