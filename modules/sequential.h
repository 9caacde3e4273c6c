// Layers one after the other.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include <linseed/framework/module/module.h>

namespace linseed::nn {

/// Applies its layers in order, each to the result of the one before:
///   nn::Sequential{nn::Conv{.features = 32, .kernel_size = {3, 3}}, nn::relu,
///                  [](const Tensor& x) { return nn::max_pool(x, {2, 2}, {2, 2}); },
///                  nn::Dense{.features = 10}.named("head")}
/// A layer is whatever takes a tensor and returns one: a module, under a name or shared or with
/// its parameters (a Model), another Sequential, a function, a lambda. Modules are called in the
/// Sequential's frame, so their names count modules alone: Conv_0 and head above. A function with
/// further parameters, even with defaults, goes into a lambda.
template <class... Layers>
struct Sequential final : Module<Sequential<Layers...>> {
  std::tuple<Layers...> layers;

  explicit Sequential(Layers... each) : layers(std::move(each)...) {}

  Tensor apply(Tensor x) const {
    static_assert((std::is_invocable_r_v<Tensor, const Layers&, const Tensor&> && ...),
                  "Sequential: each layer takes one tensor and returns one; put a function with "
                  "further parameters into a lambda");
    std::apply([&](const Layers&... layer) { ((x = layer(std::as_const(x))), ...); }, layers);
    return x;
  }
};

}  // namespace linseed::nn
