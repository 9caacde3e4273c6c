// How parameters get their first values.
#pragma once

#include <functional>

#include <linseed/framework/core/tensor.h>

namespace linseed::nn {

/// A float32 tensor of the given shape from a random key.
using Initializer = std::function<Tensor(const Tensor& key, const Shape& shape)>;

/// With fan_in = shape[−2] · R and fan_out = shape[−1] · R, R the product of the other sizes.
/// InvalidArgument, when they are called, for shapes that they do not serve.
namespace initializers {

Initializer zeros();
Initializer ones();
Initializer constant(double value);
Initializer uniform(double scale = 0.01);  // U[0, scale)
Initializer normal(double stddev = 0.01);  // N(0, stddev²)
/// stddev times a standard normal given that it falls between `lower` and `upper`; its variance is
/// smaller than stddev².
Initializer truncated_normal(double stddev = 0.01, double lower = -2, double upper = 2);

enum class Fan { in, out, average };
enum class Distribution { truncated_normal, normal, uniform };

/// Variance v = scale / fan: a normal truncated at ±2σ (rescaled to that variance), a normal, or
/// U[−√(3v), √(3v)). `in_axis` and `out_axis`, each one axis or several, say where the inputs and
/// the outputs are counted:
///   fan_in = ∏ sizes of in_axis · R,   fan_out = ∏ sizes of out_axis · R
/// with R · ∏ in · ∏ out the number of elements. The average is that of both. A shape has at least
/// 2 dimensions. InvalidArgument for a negative scale.
Initializer variance_scaling(double scale, Fan fan, Distribution distribution,
                             const Axes& in_axis = -2, const Axes& out_axis = -1);

// LeCun et al., "Efficient BackProp" (1998): scale 1, fan_in.
Initializer lecun_normal();
Initializer lecun_uniform();
// He et al., "Delving deep into rectifiers" (2015): scale 2, fan_in. Called by either name.
Initializer kaiming_normal();
Initializer kaiming_uniform();
inline Initializer he_normal() { return kaiming_normal(); }
inline Initializer he_uniform() { return kaiming_uniform(); }
// Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks"
// (2010): scale 1, average of the fans. Called by either name.
Initializer xavier_normal();
Initializer xavier_uniform();
inline Initializer glorot_normal() { return xavier_normal(); }
inline Initializer glorot_uniform() { return xavier_uniform(); }

/// `scale` times a random matrix whose columns are orthonormal, or its rows if it has more columns
/// than rows (Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in
/// deep linear neural networks", 2014): Q of the QR decomposition of a normal matrix, with the
/// signs that make the diagonal of R positive. Columns run along `column_axis`, rows along all
/// other axes, of which there is at least one. Computed at once: the key must have a value.
Initializer orthogonal(double scale = 1, int column_axis = -1);

/// A convolution that begins as an orthogonal map of the channels of each pixel (Xiao et al.,
/// "Dynamical isometry and a mean field theory of CNNs", 2018): an orthogonal matrix of the last
/// two dimensions, in and out, in the middle of the kernel's window, at (size − 1) / 2 of each
/// dimension, and zeros elsewhere. For kernels over 1 to 3 dimensions with in ≤ out.
Initializer delta_orthogonal(double scale = 1, int column_axis = -1);

}  // namespace initializers
}  // namespace linseed::nn
