// Averages of parameters over the steps of a run.
#pragma once

#include <linseed/framework/core/tree.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed::optim {

namespace detail {

/// a + (1 − decay) (p − a), in float32 at least, in the dtype of a. What is no floating tensor is
/// taken over.
Tensor averaged(const Tensor& average, const Tensor& param, const Scalar& decay);
/// InvalidArgument if it is a number outside of [0, 1].
void check_decay(const Scalar& decay);

}  // namespace detail

/// One step of an exponential moving average of any tree, such as a model (Polyak, Juditsky, 1992):
///   ā ← d ā + (1 − d) p
/// Begin with the parameters themselves, so there is no bias to correct. Of parameters in half
/// precision keep the average in float32: 0.001 (p − ā) is lost beside ā in bfloat16. The average
/// of a network with BatchNorm needs statistics of its own: those of the last step belong to other
/// parameters.
///   average = optim::ema(average, optimizer.target, 0.999);
/// Tensors are matched by name. InvalidArgument if names differ, or the decay is not in [0, 1].
template <class T>
T ema(const T& average, const T& params, const Scalar& decay) {
  detail::check_decay(decay);
  return linseed::tree::map(
      [&](const Tensor& a, const Tensor& p) { return detail::averaged(a, p, decay); }, average,
      params);
}

}  // namespace linseed::optim
