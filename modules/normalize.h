// Standardisation: mean 0, variance 1.
#pragma once

#include <linseed/framework/core/tensor.h>

namespace linseed::nn {

/// (x − μ) / √(v + ε) with μ and v the mean and the biased variance over `axis`, one axis or
/// several; `mean` and `variance`, which broadcast against x, stand for them if given. Of halves
/// the result is float32.
/// InvalidArgument for an x that is not floating.
Tensor normalize(const Tensor& x, const Axes& axis = -1, const Tensor& mean = {},
                 const Tensor& variance = {}, double epsilon = 1e-5);

}  // namespace linseed::nn
