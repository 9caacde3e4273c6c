// Losses.
#pragma once

#include <linseed/framework/core/tensor.h>

namespace linseed::nn {

/// The mean over all examples of −log softmax(logits)[label].
///   logits [..., classes] floating, labels [...] integer in [0, classes) -> scalar
/// Of halves it is computed in float32, and stays so: differences of losses are small beside them.
/// A label outside of that range contributes 0. InvalidArgument if the shapes do not fit.
Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels);

}  // namespace linseed::nn
