// Dropout. It has no parameters, so it is a function.
#pragma once

#include <linseed/framework/core/tensor.h>

namespace linseed::nn {

struct DropoutOptions {
  bool deterministic = false;  // x itself, as for evaluation
  Tensor rng = {};             // default: a key of the innermost nn::stochastic
};

/// Each element of x set to 0 with probability `rate`, the others divided by 1 − rate, so that the
/// expectation stays x (Srivastava et al., "Dropout", 2014). The derivative is that of the same
/// mask.
///   x of any shape, floating -> the same
/// x itself, and no key drawn, if `deterministic` or if the rate is 0. At rate 1 the result and its
/// derivative are 0, where flax.nn's derivative is NaN.
/// E26 without a key. InvalidArgument: a rate outside of [0, 1]; an x that is not floating.
Tensor dropout(const Tensor& x, double rate, const DropoutOptions& options = {});

}  // namespace linseed::nn
