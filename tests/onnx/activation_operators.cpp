// Functions of one tensor.
#include <linseed/framework/ops/elementwise.h>
#include <linseed/modules/activation.h>
#include <linseed/tests/onnx/operators.h>

namespace linseed::test::onnx {
namespace {

/// An Operator that applies a function of x alone.
template <auto function>
std::vector<Tensor> of_x(const NodeTest& test) {
  return {function(test.inputs[0])};
}

int axis_of(const NodeTest& test) { return static_cast<int>(test.integer("axis", -1)); }

}  // namespace

Operators activation_operators() {
  return {
      {"Relu", of_x<nn::relu>},
      {"Tanh", of_x<linseed::tanh>},
      {"Softmax",
       [](const NodeTest& test) -> std::vector<Tensor> {
         return {nn::softmax(test.inputs[0], axis_of(test))};
       }},
      {"LogSoftmax",
       [](const NodeTest& test) -> std::vector<Tensor> {
         return {nn::log_softmax(test.inputs[0], axis_of(test))};
       }},
  };
}

}  // namespace linseed::test::onnx
