#include "support/deep_mlp.h"

namespace example {

namespace nn = linseed::nn;
using linseed::Tensor;

Tensor DeepMlp::apply(Tensor x) const {
  x = linseed::reshape(x, {x.dim(0), -1});
  for (int layer = 1; layer <= kLayers; ++layer) {
    const nn::Dense dense{.features = 64, .bias = !batch_norm, .kernel_init = kernel_init};
    x = dense.named(fmt::format("dense_{}", layer))(x);
    if (batch_norm) {
      const nn::BatchNorm norm{
          .use_running_average = !train, .momentum = momentum, .axis_name = axis_name};
      x = norm.named(fmt::format("norm_{}", layer))(x);
    }
    x = nn::relu(x);
  }
  return nn::Dense{.features = 10}.named("logits")(x);
}

std::vector<std::pair<std::string, DeepMlp>> deep_variants() {
  return {{"without", {.batch_norm = false}},
          {"without, He's initial values",
           {.batch_norm = false, .kernel_init = nn::initializers::he_normal()}},
          {"with BatchNorm", {}}};
}

DeepModel make_deep_model(const DeepMlp& mlp) {
  auto [model, stats] = nn::stateful([&] {
    return mlp.create_by_shape(linseed::random::key(0), {{{2, 28, 28, 1}}}).model;
  });
  return {model, stats};
}

DeepGradient gradient_of(const DeepModel& deep, const linseed::data::LabelledImages& batch) {
  const auto loss_of = [&](const nn::Model<DeepMlp>& model) {
    auto [logits, stats] = nn::stateful(deep.stats, [&] { return model(batch.images); });
    return std::pair(nn::softmax_cross_entropy(logits, batch.labels), stats);
  };
  auto [loss, stats, gradient] = linseed::value_and_grad(loss_of, linseed::has_aux)(deep.model);
  return {loss, stats, gradient};
}

DeepModel descend(const DeepModel& deep, const DeepGradient& by, float rate) {
  const auto model = linseed::tree::map(
      [=](const Tensor& p, const Tensor& g) { return p - rate * g; }, deep.model, by.gradient);
  return {model, by.stats};
}

std::vector<Tensor> relu_inputs(const DeepModel& deep, const Tensor& images) {
  const auto [logits, outputs] = nn::capture_module_outputs(
      [&] { return nn::stateful(deep.stats, [&] { return deep.model(images); }).first; });
  const char* before_relu = deep.model.module().batch_norm ? "norm" : "dense";
  std::vector<Tensor> result;
  for (int layer = 1; layer <= DeepMlp::kLayers; ++layer) {
    result.push_back(outputs[fmt::format("/{}_{}", before_relu, layer)]["0"]);
  }
  return result;
}

}  // namespace example
