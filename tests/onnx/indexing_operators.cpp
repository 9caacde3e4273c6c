// TopK, CumSum, OneHot.
#include <linseed/framework/ops/cumulative.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/sorting.h>
#include <linseed/tests/onnx/operators.h>

namespace linseed::test::onnx {
namespace {

/// The smallest are the largest of −x.
std::vector<Tensor> top(const NodeTest& test) {
  const int axis = static_cast<int>(test.integer("axis", -1));
  const float sign = test.integer("largest", 1) != 0 ? 1 : -1;
  const Tensor rows = move_axis(test.inputs[0], axis, -1) * sign;
  const auto [values, indices] = top_k(rows, test.inputs[1].item<std::int64_t>());
  return {move_axis(values * sign, -1, axis), move_axis(indices, -1, axis)};
}

/// "exclusive" leaves an element itself out of its sum.
std::vector<Tensor> running_sum(const NodeTest& test) {
  const Tensor& x = test.inputs[0];
  const Tensor sums = cumsum(x, test.inputs[1].item<int>(), test.integer("reverse", 0) != 0);
  return {test.integer("exclusive", 0) != 0 ? sums - x : sums};
}

/// Negative classes count from the end, and "values" are what stands for 0 and for 1.
std::vector<Tensor> one_hot_of_any_values(const NodeTest& test) {
  const Tensor classes = astype(test.inputs[0], int32);
  const auto depth = test.inputs[1].item<std::int64_t>();
  const Tensor is_class = one_hot(where(classes < 0, classes + depth, classes), depth, bool_);
  const std::vector<Tensor> values = split(test.inputs[2], 2);
  return {move_axis(where(is_class, values[1], values[0]), -1,
                    static_cast<int>(test.integer("axis", -1)))};
}

}  // namespace

Operators indexing_operators() {
  return {{"TopK", top}, {"CumSum", running_sum}, {"OneHot", one_hot_of_any_values}};
}

}  // namespace linseed::test::onnx
