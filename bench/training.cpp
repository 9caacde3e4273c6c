#include "training.h"

namespace bench {

namespace nn = linseed::nn;
using linseed::Tensor;

TrainState initial_state(const Architecture& architecture, int size, int channels,
                         float learning_rate) {
  const Network network{.architecture = architecture};
  auto [created, stats] = nn::stateful([&] {
    return network.create_by_shape(linseed::random::key(0), {{{1, size, size, channels}}});
  });
  const linseed::optim::Momentum rule{.learning_rate = learning_rate, .beta = kBeta};
  return {rule.create(created.model), stats};
}

std::tuple<Optimizer, nn::Collection, Tensor> train_step(const Optimizer& optimizer,
                                                         const nn::Collection& stats,
                                                         const Tensor& images,
                                                         const Tensor& labels) {
  const auto loss_of = [&](const nn::Model<Network>& model) {
    auto [logits, new_stats] = nn::stateful(stats, [&] { return model(images); });
    return std::pair(nn::softmax_cross_entropy(logits, labels), new_stats);
  };
  auto [loss, new_stats, gradient] =
      linseed::value_and_grad(loss_of, linseed::has_aux)(optimizer.target);
  return {optimizer.apply_gradient(gradient), new_stats, loss};
}

}  // namespace bench
