// The network of 14_batch_norm_explained.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <linseed/linseed.h>

namespace example {

/// So deep that without BatchNorm it shows what that is for: images -> 16 dense layers, each
/// normalised if asked for, and relu -> logits of 10 classes.
struct DeepMlp : linseed::nn::Module<DeepMlp> {
  static constexpr int kLayers = 16;

  bool batch_norm = true;
  bool train = true;
  linseed::nn::Initializer kernel_init = linseed::nn::initializers::lecun_normal();
  float momentum = 0.9f;
  std::string axis_name = {};

  linseed::Tensor apply(linseed::Tensor x) const;
};

/// Without BatchNorm, by the usual initial values and by those that are made for relu; with it.
std::vector<std::pair<std::string, DeepMlp>> deep_variants();

/// Parameters of a DeepMlp and the averages that go with them.
struct DeepModel {
  linseed::nn::Model<DeepMlp> model;
  linseed::nn::Collection stats;  // empty without BatchNorm
  static constexpr auto tree = linseed::fields<&DeepModel::model, &DeepModel::stats>;
};

/// For images of 28 × 28 pixels, by the same key for all.
DeepModel make_deep_model(const DeepMlp& mlp);

/// Loss, new averages and gradient of a batch.
struct DeepGradient {
  linseed::Tensor loss;
  linseed::nn::Collection stats;
  linseed::nn::Model<DeepMlp> gradient;
};
DeepGradient gradient_of(const DeepModel& deep, const linseed::data::LabelledImages& batch);

/// Parameters moved by `rate` times −gradient, and the new averages.
DeepModel descend(const DeepModel& deep, const DeepGradient& by, float rate);

/// What the relu of each layer is given, [n, 64] each.
std::vector<linseed::Tensor> relu_inputs(const DeepModel& deep, const linseed::Tensor& images);

}  // namespace example
