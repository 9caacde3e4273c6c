// Gradients of a batch that is too large for memory, piece by piece.
#pragma once

#include <linseed/framework/core/tree.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed::optim {

/// The weighted mean of gradients, Σ wᵢ gᵢ / Σ wᵢ: with the sizes of the pieces for weights, the
/// gradient of a mean over all of them together. (BatchNorm still normalises each piece by its own
/// statistics.) A tree, so it goes through `jit`, `scan` and checkpoints.
///   auto total = optim::accumulator(optimizer.target);
///   for (const auto& piece : pieces) total = total.add(gradient(piece), piece.size);
///   optimizer = optimizer.apply_gradient(total.mean());
template <class T>
struct Accumulator {
  T sum;
  Tensor weight;  // float32 scalar

  static constexpr auto tree = fields<&Accumulator::sum, &Accumulator::weight>;

  /// The dtypes stay, whatever those of the gradient and its weight are, as a loop needs it.
  Accumulator add(const T& gradient, const Scalar& its_weight = 1) const {
    const Operand factor = its_weight.is_tensor() ? Operand(astype(its_weight.tensor(), float32))
                                                  : Operand(its_weight.number());
    const auto plus = [&](const Tensor& total, const Tensor& g) {
      return total + astype(g, total.dtype()) * factor;
    };
    return {linseed::tree::map(plus, sum, gradient), weight + factor};
  }

  /// NaN while nothing has been added.
  T mean() const {
    return linseed::tree::map([&](const Tensor& total) { return total / weight; }, sum);
  }
};

/// Without gradients yet, for those of `params`. Sums are kept in float32 at least.
template <class T>
Accumulator<T> accumulator(const T& params) {
  const auto nothing = [](const Tensor& p) {
    return zeros(p.shape(), p.dtype() == float64 ? float64 : float32);
  };
  return {linseed::tree::map(nothing, params), zeros({})};
}

}  // namespace linseed::optim
