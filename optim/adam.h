// Adam.
#pragma once

#include <linseed/optim/optimizer.h>

namespace linseed::optim {

/// Kingma, Ba, "Adam" (2015), with decoupled weight decay (Loshchilov, Hutter, 2019):
///   m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²
///   m̂ = m / (1 − β₁ᵗ);  v̂ = v / (1 − β₂ᵗ), t counting from 1
///   p ← p − η m̂ / (√v̂ + ε) − η λ p
/// State per parameter: "grad_ema" m and "grad_sq_ema" v, zeros at first.
struct Adam final : Rule<Adam> {
  Scalar learning_rate;  // η
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float eps = 1e-8f;       // ε
  float weight_decay = 0;  // λ

  static constexpr auto tree =
      fields<&Adam::learning_rate, &Adam::beta1, &Adam::beta2, &Adam::eps, &Adam::weight_decay>;

  Tree init(const Tensor& param) const;
  ParamUpdate update(const Tensor& step, const Tensor& param, const Tree& state,
                     const Tensor& gradient) const;
};

}  // namespace linseed::optim
