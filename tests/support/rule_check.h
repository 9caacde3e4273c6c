// Update rules against a run of another framework's.
#pragma once

#include <linseed/optim/optimizer.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {

/// The largest difference to `golden` after ten steps with the gradient p³ − 0.3 from uneven
/// numbers: what make_layers.py lets PyTorch do.
template <class Rule, std::size_t n>
double deviation_after_ten_steps(const Rule& rule, DType dtype, const double (&golden)[n]) {
  auto optimizer = rule.create(astype(uneven({n}, 7), dtype));
  for (int i = 0; i < 10; ++i) {
    const Tensor p = optimizer.target;
    optimizer = optimizer.apply_gradient(p * p * p - 0.3);
  }
  const auto own = values(optimizer.target);
  double worst = 0;
  for (std::size_t i = 0; i < n; ++i) worst = std::max(worst, std::abs(own[i] - golden[i]));
  return worst;
}

}  // namespace linseed::test
