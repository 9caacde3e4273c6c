// Optimizer: a rule, its state, and the parameters it updates, as one value.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/ops/create.h>

namespace linseed::optim {

/// What a rule remembers.
struct OptimizerState {
  Tensor step;        // int32 scalar: updates made so far
  Tree param_states;  // like the target, with a dictionary of the rule's in place of each tensor

  static constexpr auto tree = fields<&OptimizerState::step, &OptimizerState::param_states>;
};

/// One parameter's update: its new value and its new state.
struct ParamUpdate {
  Tensor param;
  Tree state;
};

namespace detail {

/// `path`: the parameter's in the target, "params/Conv_0/kernel".
using InitParam = std::function<Tree(const std::string& path, const Tensor& param)>;
using UpdateParam = std::function<ParamUpdate(const std::string& path, const Tensor& param,
                                              const Tree& state, const Tensor& gradient)>;

OptimizerState init_state(const Tree& target, const InitParam& init);

/// New parameters, in the order of `params`, and the new state, one step further, all in the dtypes
/// they had. Gradients are matched by name; InvalidArgument if names or shapes differ.
std::pair<std::vector<Tensor>, OptimizerState> update(const std::vector<tree::NamedLeaf>& params,
                                                      const std::vector<tree::NamedLeaf>& gradients,
                                                      const OptimizerState& state,
                                                      const UpdateParam& update);

/// InvalidArgument if the rate is a number, but not a finite one ≥ 0.
void check_learning_rate(const Scalar& rate);

}  // namespace detail

/// An immutable triple (rule, state, target). A step makes a new one. As a tree its tensors are
/// those of the rule (if any), the state and the target; the rule's numbers are fixed.
template <class Rule, class Target>
struct Optimizer {
  Rule rule;
  OptimizerState state;
  Target target;

  static constexpr auto tree = fields<&Optimizer::rule, &Optimizer::state, &Optimizer::target>;

  /// The optimizer after one step along −gradient. Further arguments set hyper-parameters for this
  /// step only: apply_gradient(g, &Momentum::learning_rate, rate).
  template <class... Overrides>
  Optimizer apply_gradient(const Target& gradient, Overrides&&... overrides) const {
    const Rule adjusted = with_overrides(rule, std::forward<Overrides>(overrides)...);
    adjusted.check_rates();
    auto [params, new_state] = detail::update(
        linseed::tree::named_leaves(target), linseed::tree::named_leaves(gradient), state,
        [&](const std::string& path, const Tensor& param, const Tree& param_state,
            const Tensor& g) {
          return adjusted.update_at(path, state.step, param, param_state, g);
        });
    return {rule, std::move(new_state), linseed::tree::with_leaves(target, params)};
  }

 private:
  static Rule with_overrides(Rule changed) { return changed; }
  template <class Field, class V, class... Rest>
  static Rule with_overrides(Rule changed, Field field, V&& value, Rest&&... rest) {
    changed.set(field, std::forward<V>(value));
    return with_overrides(std::move(changed), std::forward<Rest>(rest)...);
  }
};

/// Base of the rules. A rule R is an aggregate of hyper-parameters with `learning_rate` among them,
/// and two functions:
///   Tree init(param)                              its state for one parameter
///   ParamUpdate update(step, param, state, g)     one step; `step` is 0 at the first
template <class R>
struct Rule {
  /// An optimizer of `target` with fresh state.
  template <class Target>
  Optimizer<R, Target> create(Target target) const {
    const R& rule = self();
    rule.check_rates();
    auto state = detail::init_state(
        linseed::tree::to_tree(target),
        [&](const std::string& path, const Tensor& param) { return rule.init_at(path, param); });
    return {rule, std::move(state), std::move(target)};
  }

  // What a rule hides that is made of several: see multi.h.
  template <class T, class V>
  void set(T R::*field, V&& value) {
    static_cast<R&>(*this).*field = std::forward<V>(value);
  }
  void check_rates() const { detail::check_learning_rate(self().learning_rate); }
  Tree init_at(const std::string&, const Tensor& param) const { return self().init(param); }
  ParamUpdate update_at(const std::string&, const Tensor& step, const Tensor& param,
                        const Tree& state, const Tensor& gradient) const {
    return self().update(step, param, state, gradient);
  }

 private:
  const R& self() const { return static_cast<const R&>(*this); }
};

}  // namespace linseed::optim
