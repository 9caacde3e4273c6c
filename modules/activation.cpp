#include <linseed/modules/activation.h>

#include <cmath>
#include <numbers>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/halves_internal.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/reduce.h>

// A function that `where` does not choose is still differentiated, and infinity · 0 is NaN: so each
// is given only what it can bear.
namespace linseed::nn {
namespace {

/// −|x|, whose derivative at 0 is −1, not 0 as that of abs: what is made of it is smooth there.
Tensor minus_magnitude(const Tensor& x) { return where(x >= 0, -x, x); }

/// x if x > 0, else α (e^{x / width} − 1).
Tensor exponential_linear(const Tensor& x, double alpha, double width) {
  const Tensor is_positive = x > 0;
  return where(is_positive, x, expm1(where(is_positive, 0, x) / width) * alpha);
}

/// x minus its maximum, whose powers are at most 1.
Tensor below_largest(const Tensor& x, const Axes& axis) {
  return x - stop_gradient(max(x, axis, keepdims));
}

}  // namespace

Tensor relu(const Tensor& x) { return where(x <= 0, 0, x); }

Tensor relu6(const Tensor& x) { return where(x >= 6, 6, relu(x)); }

Tensor leaky_relu(const Tensor& x, double negative_slope) {
  return where(x >= 0, x, x * negative_slope);
}

Tensor elu(const Tensor& x, double alpha) { return exponential_linear(x, alpha, 1); }

Tensor celu(const Tensor& x, double alpha) { return exponential_linear(x, alpha, alpha); }

Tensor selu(const Tensor& x) { return elu(x, 1.6732632423543772848) * 1.0507009873554804934; }

Tensor sigmoid(const Tensor& x) {
  const Tensor power = exp(minus_magnitude(x));
  return where(x >= 0, 1, power) / (power + 1);
}

Tensor log_sigmoid(const Tensor& x) { return -softplus(-x); }

Tensor softplus(const Tensor& x) { return where(x >= 0, x, 0) + log1p(exp(minus_magnitude(x))); }

Tensor soft_sign(const Tensor& x) { return x / (abs(x) + 1); }

Tensor gelu(const Tensor& x, bool approximate) {
  if (!approximate) return x * 0.5 * (erf(x * std::numbers::sqrt2 / 2) + 1);
  // Beyond ±16 tanh is ±1 to the last bit of a double, and the cube may overflow.
  const Tensor bounded = clip(x, -16, 16);
  const Tensor cube = bounded * bounded * bounded;
  const double root = std::sqrt(2 * std::numbers::inv_pi);
  return x * 0.5 * (tanh((bounded + cube * 0.044715) * root) + 1);
}

Tensor swish(const Tensor& x) { return x * sigmoid(x); }

Tensor mish(const Tensor& x) { return x * tanh(softplus(x)); }

Tensor hard_tanh(const Tensor& x) { return where(x > 1, 1, where(x < -1, -1, x)); }

Tensor hard_sigmoid(const Tensor& x) { return relu6(x + 3) / 6; }

Tensor hard_swish(const Tensor& x) { return x * hard_sigmoid(x); }

Tensor glu(const Tensor& x, int axis) {
  const int resolved = resolve_axis(axis, x.ndim(), "glu");
  if (x.dim(resolved) % 2 != 0) {
    throw InvalidArgument("glu: axis {} of {} has an odd size and so no two halves", axis,
                          x.spec());
  }
  const std::vector<Tensor> halves = split(x, 2, resolved);
  return halves[0] * sigmoid(halves[1]);
}

// Not x − logsumexp(x): the maximum in it, if large, has no room for the digits of log Σ.
Tensor log_softmax(const Tensor& x, const Axes& axis) {
  return in_float32(x, [&](const Tensor& values) {
    const Tensor shifted = below_largest(values, axis);
    return shifted - log(sum(exp(shifted), axis, keepdims));
  });
}

Tensor softmax(const Tensor& x, const Axes& axis) {
  return in_float32(x, [&](const Tensor& values) {
    const Tensor powers = exp(below_largest(values, axis));
    return powers / sum(powers, axis, keepdims);
  });
}

}  // namespace linseed::nn
