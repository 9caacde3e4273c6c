// Clipping of gradients by their norm.
#pragma once

#include <vector>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed::optim {

namespace detail {

Tensor global_norm(const std::vector<Tensor>& tensors);
/// min(1, max_norm / norm).
Tensor clipping_factor(const Tensor& norm, const Scalar& max_norm);

}  // namespace detail

/// √(Σ g²) over all numbers of all tensors, in float32 at least; 0 for a tree without tensors.
/// Infinite where a square or their sum is beyond float32 (|g| > 1.8e19).
template <class T>
Tensor global_norm(const T& tree) {
  return detail::global_norm(linseed::tree::leaves(tree));
}

/// gradient · min(1, max_norm / ‖gradient‖): the direction stays, the length is at most `max_norm`
/// (Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", 2013). A
/// gradient within the bound keeps its bits, dtypes stay. What is not finite is not hidden: one NaN
/// makes all numbers NaN, and under an infinite norm infinite ones become NaN, all others 0. Look
/// at the norm, or at check_finite. InvalidArgument for a max_norm that is a number, but not finite
/// or not > 0.
template <class T>
T clip_by_global_norm(const T& gradient, const Scalar& max_norm) {
  const Tensor factor = detail::clipping_factor(global_norm(gradient), max_norm);
  return linseed::tree::map([&](const Tensor& g) { return astype(g * factor, g.dtype()); },
                            gradient);
}

}  // namespace linseed::optim
