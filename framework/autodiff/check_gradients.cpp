#include <linseed/framework/autodiff/check_gradients.h>

#include <algorithm>
#include <cmath>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/graph/wide_scope.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/reduce.h>

namespace linseed {
namespace {

using Tensors = std::vector<Tensor>;
using Scalars = std::function<Tensor(const Tensors&)>;

Tensor weighted_sum(const Tensors& tensors, unsigned seed) {
  Tensor total;
  for (const Tensor& tensor : tensors) {
    if (!is_floating(tensor.dtype())) continue;
    const Tensor part = sum(tensor * detail::uneven_weights(tensor.shape(), seed++));
    total = total.defined() ? total + part : part;
  }
  if (!total.defined()) {
    throw InvalidArgument(
        "check_gradients: no result is floating, so there is none to differentiate");
  }
  return total;
}

/// Those of `leaves` that are differentiated, in place of `all`'s floating ones.
Tensors with_floating(Tensors all, const Tensors& floating) {
  auto next = floating.begin();
  for (Tensor& tensor : all) {
    if (is_floating(tensor.dtype())) tensor = *next++;
  }
  return all;
}

/// Compares one derivative after the other, and remembers the worst.
class Comparison {
 public:
  Comparison(Scalars loss, Tensors at, const GradientCheckOptions& options)
      : loss_(std::move(loss)), at_(std::move(at)), options_(options) {}

  /// The derivative along `direction`, one tensor for each of the inputs.
  void add(std::string where, const Tensors& direction, double analytic) {
    const double numeric = difference(direction);
    found_.push_back({0, std::move(where), analytic, numeric});
    scale_ = std::max(scale_, std::abs(numeric));
  }

  GradientCheck worst() const {
    GradientCheck result;
    for (GradientCheck one : found_) {
      one.worst = std::abs(one.analytic - one.numeric) / (options_.tolerance * scale_);
      // Written so that NaN counts as the worst.
      if (!(one.worst <= result.worst) && !std::isnan(result.worst)) result = one;
    }
    result.derivatives = static_cast<int>(found_.size());
    return result;
  }

 private:
  double difference(const Tensors& direction) const {
    const auto at = [&](double steps) {
      Tensors moved = at_;
      for (std::size_t i = 0; i < moved.size(); ++i) {
        if (direction[i].defined()) moved[i] = moved[i] + direction[i] * (steps * options_.step);
      }
      return loss_(moved).item<double>();
    };
    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * options_.step);
  }

  Scalars loss_;
  Tensors at_;
  GradientCheckOptions options_;
  std::vector<GradientCheck> found_;
  double scale_ = 1;
};

/// 1 at `place`, 0 elsewhere.
Tensor unit(const Shape& shape, std::int64_t place) {
  std::vector<double> values(static_cast<std::size_t>(shape.size()), 0);
  values[static_cast<std::size_t>(place)] = 1;
  return Tensor::from(values, shape);
}

}  // namespace

Tensor detail::uneven_weights(const Shape& shape, unsigned seed) {
  std::vector<double> weights(static_cast<std::size_t>(shape.size()));
  std::uint32_t state = seed * 2654435761U;
  for (double& weight : weights) {
    state = state * 1664525U + 1013904223U;  // a linear congruential generator
    const double size = 0.5 + static_cast<double>(state >> 8) * 0x1p-24;
    weight = (state & 0x80U) != 0 ? size : -size;
  }
  return Tensor::from(weights, shape);
}

GradientCheck detail::check_gradients(const LeafFunction& f,
                                      const std::vector<tree::NamedLeaf>& inputs,
                                      const GradientCheckOptions& options) {
  if (options.order != 1 && options.order != 2) {
    throw InvalidArgument("check_gradients: order {}; it checks first and second derivatives",
                          options.order);
  }
  if (!(options.tolerance > 0) || !(options.step > 0) || options.max_per_tensor < 1) {
    throw InvalidArgument(
        "check_gradients: tolerance {}, step {} and max_per_tensor {} must be positive",
        options.tolerance, options.step, options.max_per_tensor);
  }
  Tensors all, floating;
  std::vector<std::string> names;
  for (const tree::NamedLeaf& input : inputs) {
    all.push_back(input.tensor);
    if (!is_floating(input.tensor.dtype())) continue;
    floating.push_back(astype(input.tensor, float64));
    names.push_back(input.path());
  }
  if (floating.empty()) {
    throw InvalidArgument(
        "check_gradients: none of the {} inputs is floating, so there is nothing "
        "to differentiate by",
        all.size());
  }
  const WideScope scope;  // around the way back too, whose rules may convert
  const Scalars first = [&](const Tensors& x) { return weighted_sum(f(with_floating(all, x)), 1); };
  const Scalars second = [&](const Tensors& x) { return weighted_sum(grad(first)(x), 100); };
  const Scalars& loss = options.order == 1 ? first : second;

  evaluate_tensors(floating);
  const Tensors analytic = grad(loss)(floating);
  evaluate_tensors(analytic);
  Comparison comparison(loss, floating, options);
  double along = 0;
  Tensors direction;
  for (std::size_t i = 0; i < floating.size(); ++i) {
    const auto values = analytic[i].data<double>();
    const auto size = static_cast<std::int64_t>(values.size());
    const std::int64_t tried = std::min<std::int64_t>(size, options.max_per_tensor);
    for (std::int64_t k = 0; k < tried; ++k) {
      const std::int64_t place = k * size / tried;
      Tensors one(floating.size());
      one[i] = unit(floating[i].shape(), place);
      comparison.add(fmt::format("{}[{}]", names[i], place), one,
                     values[static_cast<std::size_t>(place)]);
    }
    direction.push_back(uneven_weights(floating[i].shape(), 50 + static_cast<unsigned>(i)));
    along += sum(direction.back() * analytic[i]).item<double>();
  }
  if (!floating.empty()) comparison.add("a common direction", direction, along);
  return comparison.worst();
}

std::string to_string(const GradientCheck& check) {
  if (check.passes()) {
    return fmt::format("passed: {} derivatives, the worst off by {:.2g} of what is allowed",
                       check.derivatives, check.worst);
  }
  return fmt::format(
      "failed at {}: the derivative is {:.9g}, differences give {:.9g} ({:.3g} times "
      "what is allowed)",
      check.where, check.analytic, check.numeric, check.worst);
}

}  // namespace linseed
