#include <linseed/framework/module/initializers.h>

#include <cmath>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/random.h>

namespace linseed::nn::initializers {
namespace {

/// The standard deviation of a standard normal truncated at ±2.
constexpr double kTruncatedStddev = 0.87962566103423978;

double fan_of(const Shape& shape, Fan fan, const Axes& in_axis, const Axes& out_axis) {
  if (shape.ndim() < 2) {
    throw InvalidArgument("initializer: a shape with at least 2 dimensions was expected, got {}",
                          shape);
  }
  const auto size_of = [&](const Axes& axes) {
    double product = 1;
    for (const int axis : axes.resolve(shape.ndim(), "initializer")) {
      product *= static_cast<double>(shape[axis]);
    }
    return product;
  };
  const double in = size_of(in_axis);
  const double out = size_of(out_axis);
  const double rest = static_cast<double>(shape.size()) / (in * out);
  switch (fan) {
    case Fan::in: return in * rest;
    case Fan::out: return out * rest;
    case Fan::average: break;
  }
  return (in + out) * rest / 2;
}

}  // namespace

Initializer zeros() {
  return [](const Tensor&, const Shape& shape) { return linseed::zeros(shape); };
}

Initializer ones() {
  return [](const Tensor&, const Shape& shape) { return linseed::ones(shape); };
}

Initializer constant(double value) {
  return [value](const Tensor&, const Shape& shape) { return full(shape, value, float32); };
}

Initializer uniform(double scale) {
  return [scale](const Tensor& key, const Shape& shape) {
    return random::uniform(key, shape) * scale;
  };
}

Initializer normal(double stddev) {
  return [stddev](const Tensor& key, const Shape& shape) {
    return random::normal(key, shape) * stddev;
  };
}

Initializer truncated_normal(double stddev, double lower, double upper) {
  return [=](const Tensor& key, const Shape& shape) {
    return random::truncated_normal(key, lower, upper, shape) * stddev;
  };
}

Initializer variance_scaling(double scale, Fan fan, Distribution distribution, const Axes& in_axis,
                             const Axes& out_axis) {
  if (!(scale >= 0)) throw InvalidArgument("variance_scaling: scale {} is negative", scale);
  return [=](const Tensor& key, const Shape& shape) {
    if (shape.size() == 0) return linseed::zeros(shape);
    const double variance = scale / fan_of(shape, fan, in_axis, out_axis);
    switch (distribution) {
      case Distribution::truncated_normal:
        return random::truncated_normal(key, -2, 2, shape) *
               (std::sqrt(variance) / kTruncatedStddev);
      case Distribution::normal: return random::normal(key, shape) * std::sqrt(variance);
      case Distribution::uniform: break;
    }
    return random::uniform(key, shape, float32, -1, 1) * std::sqrt(3 * variance);
  };
}

Initializer lecun_normal() { return variance_scaling(1, Fan::in, Distribution::truncated_normal); }
Initializer lecun_uniform() { return variance_scaling(1, Fan::in, Distribution::uniform); }
Initializer kaiming_normal() {
  return variance_scaling(2, Fan::in, Distribution::truncated_normal);
}
Initializer kaiming_uniform() { return variance_scaling(2, Fan::in, Distribution::uniform); }
Initializer xavier_normal() {
  return variance_scaling(1, Fan::average, Distribution::truncated_normal);
}
Initializer xavier_uniform() { return variance_scaling(1, Fan::average, Distribution::uniform); }

}  // namespace linseed::nn::initializers
