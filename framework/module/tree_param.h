// Parameters that are trees.
#pragma once

#include <concepts>
#include <functional>
#include <string_view>
#include <type_traits>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/module/frame.h>

namespace linseed::nn {

namespace detail {

/// The T whose tensors are those of `stored`, matched by name.
template <class T>
T from_tree(const Tree& stored) {
  if constexpr (std::same_as<T, Tree>) {
    return stored;
  } else {
    return tree::map([](const Tensor&, const Tensor& tensor) { return tensor; }, T{}, stored);
  }
}

}  // namespace detail

/// A parameter without a given shape: whatever `initializer(key)` returns at init, a Tensor, a Tree
/// or a struct with `tree = fields<…>` (but no vectors: how many tensors there are, T{} must tell).
/// Its tensors live below `name`, and gradients come in the same form.
///
///   struct Affine { Tensor w, b; static constexpr auto tree = fields<&Affine::w, &Affine::b>; };
///   const Affine a = param("affine", [&](const Tensor& key) {
///     return Affine{normal(key, {3}), zeros({3})};
///   });
///
/// E8 and E11 as for other parameters; InvalidArgument if the stored names are not those of T.
template <class F>
requires std::invocable<const F&, const Tensor&>
auto param(std::string_view name, const F& initializer) {
  using T = std::remove_cvref_t<std::invoke_result_t<const F&, const Tensor&>>;
  return detail::from_tree<T>(
      detail::parameter(name, [&](const Tensor& key) { return tree::to_tree(initializer(key)); }));
}

/// The existing parameter `name` as a T: get_param<Tree>("table"). E11 if there is none.
template <class T>
T get_param(std::string_view name) {
  return detail::from_tree<T>(detail::existing_parameter(name));
}

}  // namespace linseed::nn
