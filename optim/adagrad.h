// Adagrad.
#pragma once

#include <linseed/optim/optimizer.h>

namespace linseed::optim {

/// Duchi, Hazan, Singer, "Adaptive subgradient methods for online learning and stochastic
/// optimization" (2011), its diagonal form: each parameter's rate falls with what it has moved.
///   G ← G + g²;  p ← p − η g / (√G + ε)
/// State per parameter: "grad_sq_sum" G, zeros at first.
struct Adagrad final : Rule<Adagrad> {
  Scalar learning_rate;  // η
  float eps = 1e-8f;     // ε

  static constexpr auto tree = fields<&Adagrad::learning_rate, &Adagrad::eps>;

  Tree init(const Tensor& param) const;
  ParamUpdate update(const Tensor& step, const Tensor& param, const Tree& state,
                     const Tensor& gradient) const;
};

}  // namespace linseed::optim
