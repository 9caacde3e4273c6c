// custom_vjp: a function that brings its own derivative.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <linseed/framework/core/tree.h>

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

    const std::tuple<Args...> arguments(args...);
    // The structures of the results and of the residuals, known once forward has been traced.
    const auto mould = std::make_shared<std::optional<Pair>>();
    // The node keeps this as long as it lives, so it keeps no tensors.
    const auto like = tree::map([](const Tensor&) { return Tensor(); }, arguments);
    auto pulled = [backward, mould, like](const std::vector<Tensor>& residuals,
                                          const std::vector<Tensor>& cotangents) {
      const auto& [result, residual] = **mould;
      const auto parts =
          backward(tree::with_leaves(residual, residuals), tree::with_leaves(result, cotangents));
      const auto in_order = [](const Tensor&, const Tensor& part) { return part; };
      if constexpr (sizeof...(Args) == 1) {
        return tree::leaves(tree::map(in_order, std::get<0>(like), parts));
      } else {
        return tree::leaves(tree::map(in_order, like, parts));
      }
    };
    const auto leaves = detail::custom_vjp(
        [&](const std::vector<Tensor>& inputs) {
          *mould = std::apply(forward, tree::with_leaves(arguments, inputs));
          detail::CustomForward traced{tree::leaves((*mould)->first),
                                       tree::leaves((*mould)->second)};
          tree::for_each_leaf(**mould, [](Tensor& tensor) { tensor = Tensor(); });
          return traced;
        },
        std::make_shared<const detail::CustomBackward>(std::move(pulled)), tree::leaves(arguments));
    return tree::with_leaves((*mould)->first, leaves);
  };
}

}  // namespace linseed
