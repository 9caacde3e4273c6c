// BatchNormalization, InstanceNormalization, LayerNormalization.
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/instance_norm.h>
#include <linseed/modules/layer_norm.h>
#include <linseed/tests/onnx/operators.h>

namespace linseed::test::onnx {
namespace {

Tree scale_and_bias(const NodeTest& test) {
  return {{"scale", test.inputs[1]}, {"bias", test.inputs[2]}};
}

std::vector<Tensor> batch_norm(const NodeTest& test) {
  const bool is_training = test.integer("training_mode", 0) != 0;
  const nn::BatchNorm layer{.use_running_average = !is_training,
                            .axis = 1,
                            .momentum = test.number("momentum", 0.9f),
                            .epsilon = test.number("epsilon", 1e-5f)};
  const nn::Collection before(Tree{{"/", {{"mean", test.inputs[3]}, {"var", test.inputs[4]}}}});
  const auto [y, after] =
      nn::stateful(before, [&] { return layer.call(scale_and_bias(test), test.inputs[0]); });
  if (!is_training) return {y};
  return {y, after["/"]["mean"], after["/"]["var"]};
}

std::vector<Tensor> instance_norm(const NodeTest& test) {
  const nn::InstanceNorm layer{.epsilon = test.number("epsilon", 1e-5f)};
  return {channels_first(layer.call(scale_and_bias(test), channels_last(test.inputs[0])))};
}

/// Over the axes from "axis" on. The layer does not tell its mean and 1/√(v + ε); `moments`, on
/// which it stands, does.
std::vector<Tensor> layer_norm(const NodeTest& test) {
  const Tensor& x = test.inputs[0];
  const float epsilon = test.number("epsilon", 1e-5f);
  const int first = resolve_axis(static_cast<int>(test.integer("axis", -1)), x.ndim(), "onnx");
  std::vector<int> axes;
  for (int axis = first; axis < x.ndim(); ++axis) axes.push_back(axis);
  const nn::LayerNorm layer{.epsilon = epsilon, .axis = Axes(axes)};
  const Moments of = moments(x, Axes(axes), {}, keepdims);
  return {layer.call(scale_and_bias(test), x), of.mean, rsqrt(of.m2 / of.count + epsilon)};
}

}  // namespace

Operators normalization_operators() {
  return {{"BatchNormalization", batch_norm},
          {"InstanceNormalization", instance_norm},
          {"LayerNormalization", layer_norm}};
}

}  // namespace linseed::test::onnx
