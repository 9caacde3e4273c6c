// BatchNormalization.
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/tests/onnx/operators.h>

namespace linseed::test::onnx {
namespace {

std::vector<Tensor> batch_norm(const NodeTest& test) {
  const bool is_training = test.integer("training_mode", 0) != 0;
  const nn::BatchNorm layer{.use_running_average = !is_training,
                            .axis = 1,
                            .momentum = test.number("momentum", 0.9f),
                            .epsilon = test.number("epsilon", 1e-5f)};
  const Tree params{{"scale", test.inputs[1]}, {"bias", test.inputs[2]}};
  const nn::Collection before(Tree{{"/", {{"mean", test.inputs[3]}, {"var", test.inputs[4]}}}});
  const auto [y, after] = nn::stateful(before, [&] { return layer.call(params, test.inputs[0]); });
  if (!is_training) return {y};
  return {y, after["/"]["mean"], after["/"]["var"]};
}

}  // namespace

Operators normalization_operators() { return {{"BatchNormalization", batch_norm}}; }

}  // namespace linseed::test::onnx
