// Partial application: fields of a module changed, leading arguments of its apply bound.
#pragma once

#include <concepts>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <linseed/framework/module/application.h>
#include <linseed/framework/module/method.h>

namespace linseed::nn {

/// A module whose first call arguments are given already: what `m.partial(x)` returns. It keeps the
/// name of the class. What is bound stays bound: giving it once more does not compile.
template <class M, class... Bound>
struct Partial : Module<Partial<M, Bound...>> {
  static constexpr bool is_transparent = detail::is_transparent<M>();
  M module;
  std::tuple<Bound...> bound;

  template <class... Rest>
  requires AppliesTo<M, const Bound&..., Rest...>
  auto apply(Rest&&... rest) const {
    return std::apply(
        [&](const Bound&... first) { return module.apply(first..., std::forward<Rest>(rest)...); },
        bound);
  }

  std::string_view module_name() const { return detail::name_of(module); }
};

namespace detail {

/// A method is given the bound arguments too.
template <auto function, class M, class... Bound>
struct Method<function, Partial<M, Bound...>> {
  static constexpr bool is_transparent = detail::is_transparent<M>();
  const Partial<M, Bound...>& partial;

  template <class... Rest>
  requires AppliesTo < Method<function, M>,
  const Bound&..., Rest... > auto apply(Rest&&... rest) const {
    const Method<function, M> method{partial.module};
    return std::apply(
        [&](const Bound&... first) { return method.apply(first..., std::forward<Rest>(rest)...); },
        partial.bound);
  }

  std::string_view module_name() const { return tree::member_name<function>(); }
};

template <class M, class Owner, class T, class V>
requires std::derived_from<M, Owner>
void set_field(M& module, T Owner::*field, V&& value) { module.*field = std::forward<V>(value); }
template <class M, class... Bound, class Field, class V>
void set_field(Partial<M, Bound...>& partial, Field field, V&& value) {
  set_field(partial.module, field, std::forward<V>(value));
}

template <class M, class T>
Partial<M, T> bind(M module, T argument) {
  return {{}, std::move(module), {std::move(argument)}};
}
template <class M, class... Bound, class T>
Partial<M, Bound..., T> bind(Partial<M, Bound...> partial, T argument) {
  return {{},
          std::move(partial.module),
          std::tuple_cat(std::move(partial.bound), std::tuple<T>(std::move(argument)))};
}

/// `module` with these settings: fields and their values, and arguments to be bound.
template <class M>
M with(M module) {
  return module;
}
template <class M, class First, class... Rest>
auto with(M module, First&& first, Rest&&... rest);

template <class M, class Field, class V, class... Rest>
auto with_field(M module, Field field, V&& value, Rest&&... rest) {
  set_field(module, field, std::forward<V>(value));
  return with(std::move(module), std::forward<Rest>(rest)...);
}

template <class M, class First, class... Rest>
auto with(M module, First&& first, Rest&&... rest) {
  if constexpr (std::is_member_object_pointer_v<std::remove_cvref_t<First>>) {
    return with_field(std::move(module), first, std::forward<Rest>(rest)...);
  } else {
    return with(bind(std::move(module), std::decay_t<First>(std::forward<First>(first))),
                std::forward<Rest>(rest)...);
  }
}

}  // namespace detail
}  // namespace linseed::nn
