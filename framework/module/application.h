// How a module is applied: from inside of another one, and from outside.
#pragma once

#include <concepts>
#include <memory>
#include <string_view>
#include <utility>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/module/capture.h>
#include <linseed/framework/module/class_name.h>
#include <linseed/framework/module/frame.h>

namespace linseed::nn {

template <class M>
struct Module;
template <class M>
class Model;

/// What `init` and `init_by_shape` return.
template <class Output>
struct Initialized {
  Output output;
  Tree params;
};

/// What `create` and `create_by_shape` return.
template <class Output, class M>
struct Created {
  Output output;
  Model<M> model;
};

/// True if m.apply takes these arguments.
template <class M, class... Args>
concept AppliesTo = requires(const M& m, Args&&... args) {
  m.apply(std::forward<Args>(args)...);
};

namespace detail {

/// The name that generated ones begin with: what `module.module_name()` returns, or the class's.
template <class M>
std::string_view name_of(const M& module) {
  if constexpr (requires {
                  { module.module_name() } -> std::same_as<std::string_view>;
                }) {
    return module.module_name();
  } else {
    return class_name<M>();
  }
}

/// True for a module that says `static constexpr bool is_transparent = true`: it applies one child,
/// as .named("0"), and stands for it. Its parameters are that child's, and paths leave it out. (Not
/// inside of another module, where the parameters stay below "0" as in flax.nn.)
template <class M>
constexpr bool is_transparent() {
  if constexpr (requires { M::is_transparent; }) {
    return M::is_transparent;
  } else {
    return false;
  }
}

/// Runs m.apply(arguments…) in `frame`. An error that passes is told the module's path.
template <class M, class... Args>
auto run(const M& module, const std::shared_ptr<Frame>& frame, Args&&... args) {
  frame->is_transparent = is_transparent<M>();
  const FrameScope scope(frame);
  try {
    auto output = module.apply(std::forward<Args>(args)...);
    if (is_capturing()) report_output(tree::to_tree(output));
    return output;
  } catch (Error& error) {
    add_path(error, *frame);
    throw;
  }
}

template <class M, class... Args>
auto apply_inside(const M& module, const Place& place, Args&&... args) {
  return run(module, enter_child(name_of(module), place), std::forward<Args>(args)...);
}

template <class M, class... Args>
auto init(const M& module, const Place& place, const Tensor& key, Args&&... args) {
  check_key(key, "init");
  Tree params;
  auto output = run(module, enter_top(place.name, key, params), std::forward<Args>(args)...);
  if constexpr (is_transparent<M>()) params = only_child(params);
  return Initialized<decltype(output)>{std::move(output), std::move(params)};
}

template <class M, class... Args>
auto call(const M& module, const Place& place, Tree params, Args&&... args) {
  if constexpr (is_transparent<M>()) params = Tree{{"0", params}};
  return run(module, enter_top(place.name, Tensor(), params), std::forward<Args>(args)...);
}

}  // namespace detail
}  // namespace linseed::nn
