// checkpoint: less memory for a second computation.
#pragma once

#include <linseed/framework/autodiff/mould.h>

namespace linseed {

namespace detail {

/// The function on leaves as one step, if a derivative is coming; else the function itself.
std::vector<Tensor> checkpoint(const LeafFunction& function, const std::vector<Tensor>& inputs);

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
    detail::Mould<std::remove_cvref_t<decltype(f(args...))>> result("checkpoint");
    return result.fill(
        detail::checkpoint(detail::on_leaves(f, arguments, result), tree::leaves(arguments)));
  };
}

}  // namespace linseed
