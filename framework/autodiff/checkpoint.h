// checkpoint: less memory for a second computation.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <linseed/framework/core/tree.h>

namespace linseed {

namespace detail {

/// The function on leaves as one step, if a derivative is coming; else the function itself.
std::vector<Tensor> checkpoint(
    const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function,
    const std::vector<Tensor>& inputs);

}  // namespace detail

/// f, of which a derivative keeps only the arguments and what it captures: everything inside is
/// computed again on the way back. With a network cut into k blocks, the activations of one block
/// are alive at a time (T. Chen et al., "Training deep nets with sublinear memory cost", 2016).
/// Same values, same derivatives. Under `grad` f is traced, so it cannot read values or store
/// states.
template <class F>
auto checkpoint(F f) {
  return [f = std::move(f)]<class... Args>(const Args&... args) {
    const std::tuple<Args...> arguments(args...);
    std::optional<std::remove_cvref_t<decltype(f(args...))>> mould;
    const auto outputs = detail::checkpoint(
        [&](const std::vector<Tensor>& inputs) {
          mould = std::apply(f, tree::with_leaves(arguments, inputs));
          return tree::leaves(*mould);
        },
        tree::leaves(arguments));
    return tree::with_leaves(std::move(*mould), outputs);
  };
}

}  // namespace linseed
