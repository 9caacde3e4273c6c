// What training examples of classifiers share: a step, and what their checkpoints can be asked.
//
// Their states have an `optimizer` over a model, the `stats` of BatchNorm, and `pixels`, the
// statistics of the images' channels.
#pragma once

#include <linseed/linseed.h>

namespace example {

/// A compiled function (optimizer, stats, images, labels) -> (optimizer, stats, loss): one step of
/// Rule, at the rate that the schedule has for it, on the softmax cross entropy of Network.
template <class Network, class Rule>
auto make_train_step(const linseed::optim::Schedule& rate) {
  using linseed::Tensor;
  namespace nn = linseed::nn;
  return linseed::jit([=](auto optimizer, nn::Collection stats, Tensor images, Tensor labels) {
    const auto loss_of = [&](const nn::Model<Network>& model) {
      auto [logits, updated] = nn::stateful(stats, [&] { return model(images); });
      return std::pair(nn::softmax_cross_entropy(logits, labels), updated);
    };
    auto [loss, updated, gradient] =
        linseed::value_and_grad(loss_of, linseed::has_aux)(optimizer.target);
    const Tensor now = rate(optimizer.state.step);
    return std::tuple(optimizer.apply_gradient(gradient, &Rule::learning_rate, now), updated, loss);
  });
}

/// What programs that have a checkpoint alone compute with it, on batches of that size of images
/// with values in [0, 1]: "predict", and "batch_stats", the statistics of a batch by itself.
/// `classify(model, stats, images)` gives the logits of normalised images.
template <class State, class Classify>
std::map<std::string, linseed::Exported> functions_of(const State& state, std::int64_t batch_size,
                                                      const linseed::data::ImageShape& shape,
                                                      const Classify& classify) {
  using linseed::Tensor;
  const auto predict = [=](const State& own, const Tensor& images) {
    return classify(own.optimizer.target, own.stats, normalized(images, own.pixels));
  };
  const auto batch_stats = [](State own, const Tensor& images) {
    const auto run = [&] { return own.optimizer.target(normalized(images, own.pixels)); };
    own.stats = linseed::nn::stateful(own.stats, linseed::nn::unaveraged, run).second;
    return own;
  };
  const linseed::TensorSpec images{{batch_size, shape.height, shape.width, shape.channels},
                                   linseed::float32};
  return {{"predict", linseed::export_function(predict, state, images)},
          {"batch_stats", linseed::export_function(batch_stats, state, images)}};
}

}  // namespace example
