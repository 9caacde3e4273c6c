// check_gradients for modules.
#pragma once

#include <tuple>

#include <linseed/framework/autodiff/check_gradients.h>
#include <linseed/framework/module/collection.h>
#include <linseed/framework/module/module.h>
#include <linseed/framework/module/stochastic.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/random.h>

namespace linseed {

namespace detail {

/// `value` with its floating tensors in float64; with fixed uneven numbers instead of their own if
/// `uneven`: initial zeros and ones would hide a forgotten factor.
template <class T>
T widened(const T& value, bool uneven = false) {
  unsigned seed = 200;
  return tree::map(
      [&](const Tensor& tensor) {
        if (!is_floating(tensor.dtype())) return tensor;
        return uneven ? uneven_weights(tensor.shape(), seed++) : astype(tensor, float64);
      },
      value);
}

}  // namespace detail

/// The derivatives of `module` at `inputs`, its argument or a tuple of them, in the inputs and in
/// all parameters, as check_gradients does.
///
/// If the first argument is a floating Tensor, a linear layer over its last axis ("front") stands
/// before the module, and its derivative is checked too: an error in ∂/∂x of a layer is invisible
/// when nothing before it learns. Parameters are made by init and then given uneven values, so no
/// zero hides a factor. All is computed in float64, whatever the layers' dtypes are. Every
/// evaluation starts from the same state and draws the same random numbers; batch statistics are
/// differentiated. Give a BatchNorm at least two different examples.
///
///   check_gradients(CNN{}, x).passes()
///   check_gradients(Attention{}, std::tuple(queries, keys)).passes()
template <class M, class Inputs>
requires std::derived_from<M, nn::Module<M>> GradientCheck
check_gradients(const M& module, const Inputs& inputs, const GradientCheckOptions& options = {}) {
  const std::tuple arguments(inputs);  // a copy if it is one already
  using First = std::tuple_element_t<0, std::remove_const_t<decltype(arguments)>>;
  const auto run = [](const auto& state, const auto& f) {
    return nn::stateful(state, [&] { return nn::stochastic(random::key(1), f); });
  };
  const auto [made, made_state] = run(nn::Collection(), [&] {
    return std::apply([&](const auto&... in) { return module.init(random::key(0), in...); },
                      arguments);
  });
  const nn::Collection state = detail::widened(made_state);
  Tree at{{"x", tree::to_tree(arguments)}, {"params", detail::widened(made.params, true)}};
  if constexpr (std::same_as<First, Tensor>) {
    const Tensor& x = std::get<0>(arguments);
    if (is_floating(x.dtype()) && x.ndim() > 0) {
      at["front"] = detail::uneven_weights({x.dim(-1), x.dim(-1)}, 300);
    }
  }
  return check_gradients(
      [&, &start = state](const Tree& moved) {
        auto in = tree::with_leaves(arguments, tree::leaves(moved["x"]));
        if constexpr (std::same_as<First, Tensor>) {
          if (moved.contains("front")) std::get<0>(in) = matmul(std::get<0>(in), moved["front"]);
        }
        const auto call = [&](const auto&... x) { return module.call(moved["params"], x...); };
        return run(start, [&] { return std::apply(call, in); }).first;
      },
      at, options);
}

}  // namespace linseed
