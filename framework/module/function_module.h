// Modules made of functions.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include <linseed/framework/module/module.h>

namespace linseed::nn {

/// A module whose apply is a function; made by `nn::module`.
template <class F>
struct FunctionModule : Module<FunctionModule<F>> {
  std::string name;
  F function;

  template <class... Args>
  requires std::invocable<const F&, Args...>
  auto apply(Args&&... args) const { return function(std::forward<Args>(args)...); }

  std::string_view module_name() const { return name; }
};

/// The module called `name` that does what `function` does; inside of it nn::param, nn::state and
/// other modules work as in any apply.
///
///   const auto Scale = nn::module("Scale", [](const Tensor& x) {
///     return x * nn::param("scale", {x.dim(-1)}, nn::initializers::ones());
///   });
///   auto [y, params] = Scale.init(key, x);      // inside of a module: y = Scale(x), as Scale_0
template <class F>
FunctionModule<F> module(std::string name, F function) {
  return {{}, std::move(name), std::move(function)};
}

}  // namespace linseed::nn
