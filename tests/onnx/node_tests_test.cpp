// ONNX's node tests: each of the operators below in all of its cases, or the case is excluded by
// name.
#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <linseed/tests/onnx/exclusions.h>
#include <linseed/tests/onnx/operators.h>
#include <linseed/tests/support/values.h>

namespace linseed::test::onnx {
namespace {

const std::vector<std::string_view> kOps{"Adagrad",
                                         "Adam",
                                         "AveragePool",
                                         "BatchNormalization",
                                         "Celu",
                                         "Conv",
                                         "ConvTranspose",
                                         "CumSum",
                                         "Dropout",
                                         "Einsum",
                                         "Elu",
                                         "Gemm",
                                         "GlobalAveragePool",
                                         "GlobalMaxPool",
                                         "HardSigmoid",
                                         "HardSwish",
                                         "InstanceNormalization",
                                         "LayerNormalization",
                                         "LeakyRelu",
                                         "LogSoftmax",
                                         "MatMul",
                                         "MaxPool",
                                         "Momentum",
                                         "NegativeLogLikelihoodLoss",
                                         "OneHot",
                                         "Relu",
                                         "Resize",
                                         "Selu",
                                         "Sigmoid",
                                         "Softmax",
                                         "SoftmaxCrossEntropyLoss",
                                         "Softplus",
                                         "Softsign",
                                         "Tanh",
                                         "TopK"};

// Both compute in float32, NumPy in another order. The largest deviation, of a normalised batch, is
// half of this.
constexpr double kTolerance = 2e-6;

const std::vector<NodeTest>& node_tests() {
  static const std::vector<NodeTest> tests = read_node_tests(ONNX_NODE_TESTS, kOps);
  return tests;
}

Operators all_operators() {
  Operators all;
  for (const auto family :
       {activation_operators, indexing_operators, loss_operators, normalization_operators,
        product_operators, resize_operators, rule_operators, window_operators}) {
    all.merge(family());
  }
  return all;
}

/// "" if `given` is what the test wants, to kTolerance · max(1, |wanted|), else the difference.
std::string difference(const Tensor& given, const Tensor& wanted) {
  if (given.shape() != wanted.shape()) {
    return fmt::format("shape {}, not {}", given.shape(), wanted.shape());
  }
  const std::vector<double> own = values(given);
  const std::vector<double> golden = values(wanted);
  for (std::size_t i = 0; i < own.size(); ++i) {
    const double margin = kTolerance * std::max(1.0, std::abs(golden[i]));
    if (!(std::abs(own[i] - golden[i]) <= margin)) {
      return fmt::format("element {} is {}, not {}", i, own[i], golden[i]);
    }
  }
  return "";
}

/// "" if the test passes, else why it does not.
std::string failure(const NodeTest& test, const Operators& operators) {
  const auto run = operators.find(test.op);
  if (run == operators.end()) return "no such operator";
  try {
    const std::vector<Tensor> outputs = run->second(test);
    if (outputs.size() != test.outputs.size()) {
      return fmt::format("{} outputs, not {}", outputs.size(), test.outputs.size());
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::string wrong = difference(outputs[i], test.outputs[i]);
      if (!wrong.empty()) return fmt::format("output {}: {}", i, wrong);
    }
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("ONNX's node tests pass, all but those excluded by name") {
  const Operators operators = all_operators();
  int passed = 0;
  int excluded = 0;
  for (const NodeTest& test : node_tests()) {
    const std::string wrong = failure(test, operators);
    const auto exclusion = kExcluded.find(test.name);
    if (exclusion != kExcluded.end()) {
      fmt::print("excluded  {}: {}\n", test.name, exclusion->second);
      ++excluded;
      INFO(test.name << " passes: it need not be excluded");
      CHECK(wrong != "");
      continue;
    }
    fmt::print("{}  {}\n", wrong.empty() ? "passed  " : "failed  ", test.name);
    passed += wrong.empty() ? 1 : 0;
    INFO(test.name);
    CHECK(wrong == "");
  }
  const auto found = static_cast<int>(node_tests().size());
  fmt::print("{} cases of {} operators: {} ran, {} passed, {} excluded\n", found, kOps.size(),
             found - excluded, passed, excluded);
}

TEST_CASE("each operator has node tests, and each exclusion is one") {
  const auto& tests = node_tests();
  for (const std::string_view op : kOps) {
    INFO(op);
    CHECK(std::any_of(tests.begin(), tests.end(),
                      [&](const NodeTest& test) { return test.op == op; }));
  }
  for (const auto& [name, reason] : kExcluded) {
    INFO(name);
    CHECK(std::any_of(tests.begin(), tests.end(),
                      [&, &name = name](const NodeTest& test) { return test.name == name; }));
    CHECK(reason != "");
  }
}

}  // namespace linseed::test::onnx
