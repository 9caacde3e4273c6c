// Gradient descent with momentum.
#pragma once

#include <linseed/optim/optimizer.h>

namespace linseed::optim {

/// Polyak's heavy ball, or Nesterov's variant (Sutskever et al., 2013):
///   g ← g + λ p if λ ≠ 0;  m ← β m + g;  d = g + β m if nesterov, else m;  p ← p − η d
/// State per parameter: "momentum" m, zeros at first.
struct Momentum final : Rule<Momentum> {
  Scalar learning_rate;  // η
  Scalar beta = 0.9f;
  float weight_decay = 0;  // λ
  bool nesterov = false;

  static constexpr auto tree = fields<&Momentum::learning_rate, &Momentum::beta,
                                      &Momentum::weight_decay, &Momentum::nesterov>;

  Tree init(const Tensor& param) const;
  ParamUpdate update(const Tensor& step, const Tensor& param, const Tree& state,
                     const Tensor& gradient) const;
};

}  // namespace linseed::optim
