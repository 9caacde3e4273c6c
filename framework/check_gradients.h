// check_gradients for modules.
#pragma once

#include <linseed/framework/autodiff/check_gradients.h>
#include <linseed/framework/graph/wide_scope.h>
#include <linseed/framework/module/collection.h>
#include <linseed/framework/module/module.h>
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

/// The derivatives of `module` at input x, in x and in all parameters, as check_gradients does.
///
/// Before the module stands a linear layer over x's last axis ("front"), whose derivative is
/// checked too: an error in ∂/∂x of a layer is invisible when nothing before it learns. Parameters
/// are made by init and then given uneven values, so no zero hides a factor. All is computed in
/// float64, whatever the layers' dtypes are: conversions to narrower floats are left out. Batch
/// statistics are differentiated: every evaluation starts from the same state and sees the whole
/// batch. Give a BatchNorm at least two different examples.
///
///   check_gradients(CNN{}, x).passes()
template <class M>
requires std::derived_from<M, nn::Module<M>> GradientCheck
check_gradients(const M& module, const Tensor& x, const GradientCheckOptions& options = {}) {
  const auto [made, made_state] = nn::stateful([&] { return module.init(random::key(0), x); });
  const nn::Collection state = detail::widened(made_state);
  Tree inputs{{"x", x}, {"params", detail::widened(made.params, true)}};
  const bool has_front = is_floating(x.dtype()) && x.ndim() > 0;
  if (has_front) inputs["front"] = detail::uneven_weights({x.dim(-1), x.dim(-1)}, 300);
  return check_gradients(
      [&, &start = state](const Tree& at) {
        const WideScope scope;
        const Tensor in = has_front ? matmul(at["x"], at["front"]) : at["x"].tensor();
        return nn::stateful(start, [&] { return module.call(at["params"], in); }).first;
      },
      inputs, options);
}

}  // namespace linseed
