// custom_vjp: a function that brings its own derivative.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <linseed/framework/autodiff/mould.h>

namespace linseed {

namespace detail {

/// (residuals, cotangents of the results) -> cotangents of the arguments, all as leaves.
using CustomBackward = std::function<std::vector<Tensor>(const std::vector<Tensor>& residuals,
                                                         const std::vector<Tensor>& cotangents)>;

struct CustomForward {
  std::vector<Tensor> results;
  std::vector<Tensor> residuals;
};

/// True if a derivative of what is built now is coming.
bool is_differentiated();

/// forward(arguments) as one step with `backward` as its derivative; returns the results.
std::vector<Tensor> custom_vjp(
    const std::function<CustomForward(const std::vector<Tensor>&)>& forward,
    std::shared_ptr<const CustomBackward> backward, const std::vector<Tensor>& arguments);

}  // namespace detail

/// f(x…) with a derivative of one's own, as jax.custom_vjp:
///   forward(x…)    -> (y, residuals)   y as from f; residuals any tree
///   backward(r, ȳ) -> x̄               a tree like x, or a tuple of them for several arguments
/// f alone runs where no derivative is asked for. Arguments, results and residuals are trees; the
/// cotangent of a tensor that is not floating is ignored, and may be undefined. What needs a
/// derivative must be an argument: NotSupported if a captured tensor does. `forward` is traced, so
/// it cannot read values. Derivatives of higher order differentiate `backward`.
template <class F, class Forward, class Backward>
auto custom_vjp(F f, Forward forward, Backward backward) {
  return [f = std::move(f), forward = std::move(forward),
          backward = std::move(backward)]<class... Args>(const Args&... args) {
    using Pair = std::remove_cvref_t<decltype(forward(args...))>;
    using Result = typename Pair::first_type;
    static_assert(std::same_as<Result, std::remove_cvref_t<decltype(f(args...))>>,
                  "custom_vjp: forward must return what f returns, and the residuals");
    if (!detail::is_differentiated()) return f(args...);

    // The node keeps these moulds as long as it lives, so they keep no tensors. Those of the
    // results and of the residuals are known once forward has been traced.
    const std::tuple<Args...> arguments(args...);
    const auto argument = [&] {
      if constexpr (sizeof...(Args) == 1) {
        return detail::Mould("custom_vjp", std::get<0>(arguments));
      } else {
        return detail::Mould("custom_vjp", arguments);
      }
    }();
    using Moulds = std::pair<detail::Mould<Result>, detail::Mould<typename Pair::second_type>>;
    const auto traced = std::make_shared<Moulds>("custom_vjp", "custom_vjp");
    auto pulled = [backward, argument, traced](const std::vector<Tensor>& residuals,
                                               const std::vector<Tensor>& cotangents) {
      return argument.match(
          backward(traced->second.fill(residuals), traced->first.fill(cotangents)));
    };
    return traced->first.fill(detail::custom_vjp(
        [&](const std::vector<Tensor>& inputs) {
          const auto [result, residual] = std::apply(forward, tree::with_leaves(arguments, inputs));
          return detail::CustomForward{traced->first.take(result), traced->second.take(residual)};
        },
        std::make_shared<const detail::CustomBackward>(std::move(pulled)),
        tree::leaves(arguments)));
  };
}

}  // namespace linseed
