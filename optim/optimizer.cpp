#include <linseed/optim/optimizer.h>

#include <cmath>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed::optim::detail {
namespace {

Tree init_param_states(const Tree& target, const std::string& path, const InitParam& init) {
  if (target.is_leaf()) return init(path, target.tensor());
  Tree states;
  for (const auto& [name, child] : target) {
    states[name] = init_param_states(child, path.empty() ? name : path + '/' + name, init);
  }
  return states;
}

/// The part of `states` that belongs to the parameter with these names.
Tree& state_of(Tree& states, const std::vector<std::string>& names) {
  Tree* part = &states;
  for (const std::string& name : names) part = &part->at(name);
  return *part;
}

/// Broadcasting would silently give the parameter another shape.
void check_gradient(const tree::NamedLeaf& param, const Tensor& gradient) {
  if (gradient.shape() != param.tensor.shape()) {
    throw InvalidArgument("apply_gradient: the gradient of {} has shape {}, the parameter {}",
                          param.path(), gradient.shape(), param.tensor.shape());
  }
}

/// A learning rate or a gradient of another dtype must not change what is trained.
Tensor in_dtype_of(const Tensor& before, const Tensor& now) { return astype(now, before.dtype()); }

/// Rules compute in float32 at least: a beta of 0.999 is 1 in bfloat16.
Tensor computable(const Tensor& x) { return is_half(x.dtype()) ? astype(x, float32) : x; }

}  // namespace

OptimizerState init_state(const Tree& target, const InitParam& init) {
  return {zeros({}, int32), init_param_states(target, "", init)};
}

std::pair<std::vector<Tensor>, OptimizerState> update(const std::vector<tree::NamedLeaf>& params,
                                                      const std::vector<tree::NamedLeaf>& gradients,
                                                      const OptimizerState& state,
                                                      const UpdateParam& update) {
  const std::vector<Tensor> matched = tree::match_by_name(params, gradients);
  OptimizerState next{state.step + 1, state.param_states};
  std::vector<Tensor> values;
  for (std::size_t i = 0; i < params.size(); ++i) {
    Tree& param_state = state_of(next.param_states, params[i].names);
    check_gradient(params[i], matched[i]);
    const auto [value, new_state] =
        update(params[i].path(), computable(params[i].tensor), tree::map(computable, param_state),
               computable(matched[i]));
    values.push_back(in_dtype_of(params[i].tensor, value));
    param_state = tree::map(in_dtype_of, param_state, new_state);
  }
  return {std::move(values), std::move(next)};
}

void check_learning_rate(const Scalar& rate) {
  if (!rate.is_tensor() && !(std::isfinite(rate.number()) && rate.number() >= 0)) {
    throw InvalidArgument("learning_rate: {} is not a finite number ≥ 0", rate.number());
  }
}

}  // namespace linseed::optim::detail
