// Adagrad, Adam, Momentum: R, T, then all parameters, all gradients, and each kind of state for all
// of them.
#include <linseed/framework/ops/elementwise.h>
#include <linseed/optim/adagrad.h>
#include <linseed/optim/adam.h>
#include <linseed/optim/momentum.h>
#include <linseed/tests/onnx/operators.h>

namespace linseed::test::onnx {
namespace {

/// One step of `rule`, whose states are called `states`; `first_step` is T's in linseed's count.
/// Outputs are the parameters, then each kind of state.
template <class Rule>
std::vector<Tensor> step(const NodeTest& test, Rule rule, const std::vector<std::string>& states,
                         int first_step) {
  const std::size_t count = (test.inputs.size() - 2) / (2 + states.size());
  const auto input = [&](std::size_t kind, std::size_t i) {
    return test.inputs[2 + kind * count + i];
  };
  std::vector<Tensor> params;
  std::vector<Tensor> gradients;
  for (std::size_t i = 0; i < count; ++i) {
    params.push_back(input(0, i));
    gradients.push_back(input(1, i) + input(0, i) * test.number("norm_coefficient", 0));
  }
  rule.learning_rate = test.inputs[0];
  auto optimizer = rule.create(params);
  optimizer.state.step = Tensor(first_step);
  for (std::size_t i = 0; i < count; ++i) {
    Tree& own = optimizer.state.param_states[std::to_string(i)];
    for (std::size_t kind = 0; kind < states.size(); ++kind) {
      own[states[kind]] = input(2 + kind, i);
    }
  }
  optimizer = optimizer.apply_gradient(gradients);
  std::vector<Tensor> outputs = optimizer.target;
  for (const std::string& state : states) {
    for (std::size_t i = 0; i < count; ++i) {
      outputs.push_back(optimizer.state.param_states[std::to_string(i)][state]);
    }
  }
  return outputs;
}

/// At T = 0 "decay_factor", by which the rate falls with the steps, counts for nothing.
std::vector<Tensor> adagrad(const NodeTest& test) {
  if (test.inputs[1].item<int>() != 0 && test.number("decay_factor", 0) != 0) {
    throw NotSupported("adagrad: the rate does not fall");
  }
  return step(test, optim::Adagrad{.learning_rate = 0, .eps = test.number("epsilon", 0)},
              {"grad_sq_sum"}, 0);
}

/// At T = 0 ONNX does not correct the averages for their start at 0; linseed's correction has
/// vanished, to the bit, after a million steps.
std::vector<Tensor> adam(const NodeTest& test) {
  if (test.inputs[1].item<int>() != 0) throw NotSupported("adam: counts its steps differently");
  return step(test,
              optim::Adam{.learning_rate = 0,
                          .beta1 = test.number("alpha", 0.9f),
                          .beta2 = test.number("beta", 0.999f),
                          .eps = test.number("epsilon", 1e-6f)},
              {"grad_ema", "grad_sq_ema"}, 1'000'000);
}

/// At T = 0 "beta", which scales the gradient, counts as 1.
std::vector<Tensor> momentum(const NodeTest& test) {
  if (test.inputs[1].item<int>() != 0 && test.number("beta", 1) != 1) {
    throw NotSupported("momentum: the gradient is not scaled");
  }
  return step(test,
              optim::Momentum{.learning_rate = 0,
                              .beta = test.number("alpha", 0),
                              .nesterov = test.text("mode", "standard") == "nesterov"},
              {"momentum"}, 0);
}

}  // namespace

Operators rule_operators() {
  return {{"Adagrad", adagrad}, {"Adam", adam}, {"Momentum", momentum}};
}

}  // namespace linseed::test::onnx
