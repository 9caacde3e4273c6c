// Gemm, MatMul, Einsum.
#include <linseed/framework/ops/einsum.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/tests/onnx/operators.h>

namespace linseed::test::onnx {
namespace {

/// α A B + β C, with A and B transposed if asked for.
std::vector<Tensor> gemm(const NodeTest& test) {
  const auto factor = [&](std::size_t i, const char* is_transposed) {
    return test.integer(is_transposed, 0) != 0 ? transpose(test.inputs[i]) : test.inputs[i];
  };
  const Tensor product = matmul(factor(0, "transA"), factor(1, "transB")) * test.number("alpha", 1);
  if (!test.has_input(2)) return {product};
  return {product + test.inputs[2] * test.number("beta", 1)};
}

std::vector<Tensor> sum_of_products(const NodeTest& test) {
  const std::string equation = test.text("equation", "");
  return {test.has_input(1) ? einsum(equation, test.inputs[0], test.inputs[1])
                            : einsum(equation, test.inputs[0])};
}

}  // namespace

Operators product_operators() {
  return {
      {"Gemm", gemm},
      {"MatMul",
       [](const NodeTest& test) -> std::vector<Tensor> {
         return {matmul(test.inputs[0], test.inputs[1])};
       }},
      {"Einsum", sum_of_products},
  };
}

}  // namespace linseed::test::onnx
