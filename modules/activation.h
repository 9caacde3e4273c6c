// Activation functions.
#pragma once

#include <linseed/framework/core/tensor.h>

namespace linseed::nn {

/// max(x, 0); the derivative at 0 is 0, and NaN stays NaN.
Tensor relu(const Tensor& x);

/// log of softmax over `axis`: x − log Σ eˣ, shifted by the maximum so that nothing overflows.
Tensor log_softmax(const Tensor& x, int axis = -1);
/// eˣ / Σ eˣ over `axis`.
Tensor softmax(const Tensor& x, int axis = -1);

}  // namespace linseed::nn
