#include <linseed/tests/support/gradient_check.h>

#include <algorithm>
#include <cmath>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>

namespace linseed::test {
namespace {

constexpr double kTolerance = 1e-6;
constexpr double kStep = 1e-5;

Tensor weighted_sum(const Tensor& y, unsigned seed) {
  return sum(y * uneven_weights(y.shape(), seed));
}

/// Differences of the scalar function `f`, one element of one input at a time.
std::vector<std::vector<double>> differences(
    const std::function<Tensor(const std::vector<Tensor>&)>& f, const std::vector<Tensor>& inputs) {
  std::vector<std::vector<double>> result;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto given = inputs[i].data<double>();
    std::vector<double> column;
    for (std::size_t j = 0; j < given.size(); ++j) {
      const auto at = [&](double shift) {
        std::vector<double> values(given.begin(), given.end());
        values[j] += shift;
        std::vector<Tensor> shifted = inputs;
        shifted[i] = Tensor::from(values, inputs[i].shape());
        return f(shifted).item<double>();
      };
      column.push_back((at(kStep) - at(-kStep)) / (2 * kStep));
    }
    result.push_back(std::move(column));
  }
  return result;
}

GradientError compare(const std::function<Tensor(const std::vector<Tensor>&)>& f,
                      const std::vector<Tensor>& inputs) {
  const std::vector<Tensor> analytic = grad(f)(inputs);
  evaluate(analytic);
  const auto numeric = differences(f, inputs);
  double scale = 1;
  for (const auto& column : numeric) {
    for (const double n : column) scale = std::max(scale, std::abs(n));
  }
  GradientError error;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto a = analytic[i].data<double>();
    for (std::size_t j = 0; j < a.size(); ++j) {
      const double deviation = std::abs(a[j] - numeric[i][j]) / (kTolerance * scale);
      // Written so that NaN counts as a deviation.
      if (!(deviation <= error.worst)) error.worst = deviation;
      if (std::isnan(error.worst)) return error;
    }
  }
  return error;
}

}  // namespace

Tensor uneven_weights(const Shape& shape, unsigned seed) {
  std::vector<double> weights(static_cast<std::size_t>(shape.size()));
  std::uint32_t state = seed * 2654435761U;
  for (double& weight : weights) {
    state = state * 1664525U + 1013904223U;  // a linear congruential generator
    const double unit = static_cast<double>(state >> 8) * 0x1p-24;
    weight = (state & 0x80U) != 0 ? 0.5 + unit : -0.5 - unit;
  }
  return Tensor::from(weights, shape);
}

GradientError first_derivative_error(const TensorFunction& f, const std::vector<Tensor>& inputs) {
  return compare([&](const std::vector<Tensor>& x) { return weighted_sum(f(x), 1); }, inputs);
}

GradientError second_derivative_error(const TensorFunction& f, const std::vector<Tensor>& inputs) {
  const auto loss = [&](const std::vector<Tensor>& x) { return weighted_sum(f(x), 1); };
  return compare(
      [&](const std::vector<Tensor>& x) {
        Tensor total = zeros({}, float64);
        unsigned seed = 2;
        for (const Tensor& gradient : grad(loss)(x)) {
          total = total + weighted_sum(gradient, seed++);
        }
        return total;
      },
      inputs);
}

}  // namespace linseed::test
