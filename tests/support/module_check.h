// Derivatives of modules against central differences.
#pragma once

#include <linseed/framework/core/tree.h>
#include <linseed/framework/module/module.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/random.h>
#include <linseed/tests/support/gradient_check.h>

namespace linseed::test {

/// `value` with its tensors in float64.
template <class T>
T in_float64(const T& value) {
  return tree::map([](const Tensor& tensor) { return astype(tensor, float64); }, value);
}

/// Parameters like those of module.init(…, x), in float64 and with uneven numbers: initial zeros
/// and ones would hide a forgotten factor.
template <class M>
Tree uneven_parameters(const M& module, const Tensor& x) {
  unsigned seed = 100;
  return tree::map([&](const Tensor& tensor) { return uneven_weights(tensor.shape(), seed++); },
                   module.init(random::key(0), x).params);
}

/// The deviation of the first (or second) derivative of module(x) in x and all parameters.
template <class M>
GradientCheck derivative_error(const M& module, const Tensor& x, int order = 1) {
  const Tree params = uneven_parameters(module, x);
  std::vector<Tensor> inputs = tree::leaves(params);
  inputs.push_back(x);
  const auto f = [&](const std::vector<Tensor>& at) {
    const std::vector<Tensor> values(at.begin(), at.end() - 1);
    return module.call(tree::with_leaves(params, values), at.back());
  };
  return order == 1 ? first_derivative_error(f, inputs) : second_derivative_error(f, inputs);
}

}  // namespace linseed::test
