// Methods of modules.
#pragma once

#include <concepts>
#include <string_view>
#include <utility>

#include <linseed/framework/core/fields.h>
#include <linseed/framework/module/application.h>

namespace linseed::nn::detail {

/// A method as what a module does: its apply is `function` of `module`, and it is named after it.
template <auto function, class M>
struct Method {
  static constexpr bool is_transparent = detail::is_transparent<M>();
  const M& module;

  template <class... Args>
  requires requires(const M& m, Args&&... args) { (m.*function)(std::forward<Args>(args)...); }
  auto apply(Args&&... args) const { return (module.*function)(std::forward<Args>(args)...); }

  std::string_view module_name() const { return tree::member_name<function>(); }
};

}  // namespace linseed::nn::detail
