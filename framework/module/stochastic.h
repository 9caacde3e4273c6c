// Randomness while modules run.
#pragma once

#include <optional>
#include <utility>

#include <linseed/framework/core/tensor.h>

namespace linseed::nn {

/// Makes `key` the source of `make_rng` while it lives. InvalidArgument if it is no random key.
class StochasticScope {
 public:
  explicit StochasticScope(const Tensor& key);
  ~StochasticScope();
  StochasticScope(const StochasticScope&) = delete;
  StochasticScope& operator=(const StochasticScope&) = delete;
};

/// Runs f with `key` as the source of all randomness inside, such as dropout's; returns f's result.
/// Scopes nest, and the innermost is drawn from.
///
///   auto y = nn::stochastic(key, [&] { return model(x); });      // a new key for each step
template <class F>
auto stochastic(const Tensor& key, F&& f) {
  const StochasticScope scope(key);
  return std::forward<F>(f)();
}

/// A new key: fold_in(key of the innermost scope, n) for the n-th draw, n = 1, 2, …; it depends on
/// the order of draws only, not on modules or names. E26 without a scope. InvalidArgument in a
/// function that jit, scan and their kin trace, if the scope was opened outside of it: the key
/// would be a constant of the trace, and every run would draw the same.
Tensor make_rng();

/// True inside of any `stochastic`.
bool is_stochastic();

/// Opened by init_by_shape, whose result must not depend on how often it draws: a scope of its own,
/// from one key drawn from the innermost scope. Nothing if there is none.
class LiftedStochasticScope {
 public:
  LiftedStochasticScope();

 private:
  std::optional<StochasticScope> scope_;
};

}  // namespace linseed::nn
