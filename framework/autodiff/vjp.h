// vjp and jvp: derivatives of functions whose result is no scalar.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/autodiff/mould.h>
#include <linseed/framework/core/tree.h>
#include <linseed/framework/graph/trace.h>

namespace linseed {

struct Program;

namespace detail {

/// The way back through a function as a closed program of the cotangents. It stays when the graph
/// it was made from is gone.
class LinearProgram {
 public:
  /// From `outputs` to `leaves`; call it while the scope that traced them is open.
  LinearProgram(const std::vector<Tensor>& outputs, const std::vector<Tensor>& leaves);

  /// The cotangents of the leaves. InvalidArgument for cotangents unlike the outputs.
  std::vector<Tensor> operator()(const std::vector<Tensor>& cotangents) const;

 private:
  std::vector<TensorSpec> outputs_;
  std::shared_ptr<const Program> program_;
  std::vector<Tensor> captured_;
};

/// Tangents of `outputs` for tangents of `leaves`.
std::vector<Tensor> push_forward(const std::vector<Tensor>& outputs,
                                 const std::vector<Tensor>& leaves,
                                 const std::vector<Tensor>& tangents);

}  // namespace detail

/// The transposed derivative of a function at a point: cotangent of the result -> cotangent of the
/// first argument. Can be called again and again, at any time, and differentiated.
template <class Output, class First>
class Pullback {
 public:
  Pullback(detail::LinearProgram program, const Output& output, const First& first)
      : program_(std::move(program)), output_("vjp", output), first_("vjp", first) {}

  /// x̄ = ȳ · ∂f/∂x, a tree like x. Cotangents are matched by name; those of tensors that are not
  /// floating are ignored.
  First operator()(const Output& cotangent) const {
    return first_.fill(program_(output_.match(cotangent)));
  }

 private:
  detail::LinearProgram program_;
  detail::Mould<Output> output_;
  detail::Mould<First> first_;
};

/// (f(x, rest…), pullback): the value, and its derivative with respect to the first argument x
/// turned around. x and the result are trees.
template <class F, class First, class... Rest>
auto vjp(const F& f, const First& first, const Rest&... rest) {
  const GradientScope scope;
  const First leaves = detail::fresh_leaves(first, "vjp");
  auto value = f(leaves, rest...);
  detail::LinearProgram program(tree::leaves(value), tree::leaves(leaves));
  Pullback<decltype(value), First> pullback(std::move(program), value, first);
  return std::pair(std::move(value), std::move(pullback));
}

/// (f(x), ∂f/∂x · tangent): the value, and how it changes as x moves along `tangent`, a tree like
/// x. Costs about two gradients: the derivative is transposed twice, so no primitive needs a second
/// rule (J. Townsend, "A new trick for calculating Jacobian vector products", 2017).
template <class F, class First>
auto jvp(const F& f, const First& first, const First& tangent) {
  const GradientScope scope;
  const First leaves = detail::fresh_leaves(first, "jvp");
  auto value = f(leaves);
  auto pushed =
      tree::with_leaves(value, detail::push_forward(tree::leaves(value), tree::leaves(leaves),
                                                    detail::Mould("jvp", first).match(tangent)));
  return std::pair(std::move(value), std::move(pushed));
}

}  // namespace linseed
