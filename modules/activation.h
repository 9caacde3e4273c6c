// Activation functions: element by element, but for the last three. An integer or bool tensor is
// converted to float32 where the result would not be whole. Large |x| neither overflows nor makes a
// derivative NaN. Softmax of halves is computed in float32 and rounded once.
#pragma once

#include <linseed/framework/core/tensor.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed::nn {

/// max(x, 0); the derivative at 0 is 0, and NaN stays NaN.
Tensor relu(const Tensor& x);
/// min(max(x, 0), 6); the derivative is 0 at 0 and at 6.
Tensor relu6(const Tensor& x);
/// x if x ≥ 0, else slope · x.
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);

/// x if x > 0, else α (eˣ − 1): the exponential linear unit (Clevert, Unterthiner, Hochreiter,
/// 2015).
Tensor elu(const Tensor& x, double alpha = 1);
/// x if x > 0, else α (e^{x/α} − 1), whose derivative is continuous for any α (Barron, 2017).
Tensor celu(const Tensor& x, double alpha = 1);
/// λ · elu(x, α) with the λ ≈ 1.0507 and α ≈ 1.6733 that keep mean 0 and variance 1 from layer to
/// layer (Klambauer et al., "Self-normalizing neural networks", 2017).
Tensor selu(const Tensor& x);

/// 1 / (1 + e⁻ˣ), to full relative precision on both sides.
Tensor sigmoid(const Tensor& x);
/// log sigmoid(x) = −softplus(−x).
Tensor log_sigmoid(const Tensor& x);
/// log(1 + eˣ).
Tensor softplus(const Tensor& x);
/// x / (1 + |x|).
Tensor soft_sign(const Tensor& x);
using linseed::tanh;

/// x Φ(x), with Φ the distribution function of a standard normal (Hendrycks, Gimpel, 2016). By
/// default the authors' approximation x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))), which is within
/// 5e-4 of it; otherwise x/2 · (1 + erf(x/√2)).
Tensor gelu(const Tensor& x, bool approximate = true);
/// x · sigmoid(x), called by either name (Ramachandran, Zoph, Le, 2017).
Tensor swish(const Tensor& x);
inline Tensor silu(const Tensor& x) { return swish(x); }
/// x · tanh(softplus(x)) (Misra, 2019).
Tensor mish(const Tensor& x);

/// min(max(x, −1), 1); the derivative is 1 at −1 and at 1.
Tensor hard_tanh(const Tensor& x);
/// relu6(x + 3) / 6.
Tensor hard_sigmoid(const Tensor& x);
/// x · hard_sigmoid(x) (Howard et al., "Searching for MobileNetV3", 2019).
Tensor hard_swish(const Tensor& x);

/// a · sigmoid(b), where a and b are the first and the second half of x along `axis`: a gated
/// linear unit (Dauphin et al., 2016). InvalidArgument if that has an odd size.
Tensor glu(const Tensor& x, int axis = -1);

/// log of softmax over `axis`, one axis or several: x − log Σ eˣ, shifted by the maximum so that
/// nothing overflows.
Tensor log_softmax(const Tensor& x, const Axes& axis = -1);
/// eˣ / Σ eˣ over `axis`.
Tensor softmax(const Tensor& x, const Axes& axis = -1);

}  // namespace linseed::nn
