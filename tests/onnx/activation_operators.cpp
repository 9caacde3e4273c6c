// Functions of one tensor.
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/random.h>
#include <linseed/modules/activation.h>
#include <linseed/modules/dropout.h>
#include <linseed/tests/onnx/operators.h>

namespace linseed::test::onnx {
namespace {

/// An Operator that applies a function of x alone.
template <Tensor function(const Tensor&)>
std::vector<Tensor> of_x(const NodeTest& test) {
  return {function(test.inputs[0])};
}

/// One along "axis".
template <Tensor function(const Tensor&, const Axes&)>
std::vector<Tensor> along_axis(const NodeTest& test) {
  return {function(test.inputs[0], static_cast<int>(test.integer("axis", -1)))};
}

/// One with the number "alpha".
template <Tensor function(const Tensor&, double)>
std::vector<Tensor> with_alpha(const NodeTest& test, float otherwise) {
  return {function(test.inputs[0], test.number("alpha", otherwise))};
}

/// γ · elu(x, α); without γ and α, linseed's selu, which knows no others.
std::vector<Tensor> selu(const NodeTest& test) {
  if (test.attributes.empty()) return {nn::selu(test.inputs[0])};
  return {nn::elu(test.inputs[0], test.number("alpha", 1.6732632f)) *
          test.number("gamma", 1.0507f)};
}

/// min(max(αx + β, 0), 1), where linseed's α is 1/6 and its β is ½.
std::vector<Tensor> hard_sigmoid(const NodeTest& test) {
  const Tensor line = test.inputs[0] * test.number("alpha", 0.2f) + test.number("beta", 0.5f);
  return {nn::hard_sigmoid(line * 6 - 3)};
}

/// Of the same key, and so with the same mask, of x and of ones.
std::vector<Tensor> dropout(const NodeTest& test) {
  const double rate = test.has_input(1) ? test.inputs[1].item<float>() : test.number("ratio", 0.5f);
  const bool is_training = test.has_input(2) && test.inputs[2].item<bool>();
  const nn::DropoutOptions options{.deterministic = !is_training, .rng = random::key(0)};
  const Tensor& x = test.inputs[0];
  const Tensor y = nn::dropout(x, rate, options);
  if (test.outputs.size() == 1) return {y};
  return {y, not_equal(nn::dropout(ones_like(x), rate, options), 0)};
}

}  // namespace

Operators activation_operators() {
  return {
      {"Celu", [](const NodeTest& test) { return with_alpha<nn::celu>(test, 1); }},
      {"Dropout", dropout},
      {"Elu", [](const NodeTest& test) { return with_alpha<nn::elu>(test, 1); }},
      {"HardSigmoid", hard_sigmoid},
      {"HardSwish", of_x<nn::hard_swish>},
      {"LeakyRelu", [](const NodeTest& test) { return with_alpha<nn::leaky_relu>(test, 0.01f); }},
      {"LogSoftmax", along_axis<nn::log_softmax>},
      {"Relu", of_x<nn::relu>},
      {"Selu", selu},
      {"Sigmoid", of_x<nn::sigmoid>},
      {"Softmax", along_axis<nn::softmax>},
      {"Softplus", of_x<nn::softplus>},
      {"Softsign", of_x<nn::soft_sign>},
      {"Tanh", of_x<nn::tanh>},
  };
}

}  // namespace linseed::test::onnx
