// How parameters get their first values.
#pragma once

#include <functional>

#include <linseed/framework/core/tensor.h>

namespace linseed::nn {

/// A float32 tensor of the given shape from a random key.
using Initializer = std::function<Tensor(const Tensor& key, const Shape& shape)>;

/// With fan_in = shape[−2] · R and fan_out = shape[−1] · R, R the product of the other sizes.
namespace initializers {

Initializer zeros();
Initializer ones();
Initializer uniform(double scale = 0.01);  // U[0, scale)
Initializer normal(double stddev = 0.01);  // N(0, stddev²)

enum class Fan { in, out, average };
enum class Distribution { truncated_normal, normal, uniform };

/// Variance scale / fan: a normal truncated at ±2σ (rescaled to that variance), a normal, or
/// U[−√(3v), √(3v)). Axes as in spec: `in_axis` and `out_axis` say where fan_in and fan_out stand.
Initializer variance_scaling(double scale, Fan fan, Distribution distribution, int in_axis = -2,
                             int out_axis = -1);

// LeCun et al., "Efficient BackProp" (1998): scale 1, fan_in.
Initializer lecun_normal();
Initializer lecun_uniform();
// He et al., "Delving deep into rectifiers" (2015): scale 2, fan_in.
Initializer kaiming_normal();
Initializer kaiming_uniform();
// Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks"
// (2010): scale 1, average of the fans.
Initializer xavier_normal();
Initializer xavier_uniform();

}  // namespace initializers
}  // namespace linseed::nn
