#include "training.h"

#include "product_flops.h"

namespace bench {

namespace nn = linseed::nn;
using linseed::Tensor;
using linseed::Tree;

namespace {

constexpr int kBatches = 20;  // as many different ones
constexpr int kClasses = 10;

TrainState start_of(const Task& task) {
  return initial_state({.architecture = task.architecture}, task.size, task.channels,
                       kLearningRate);
}

class Training final : public Work {
 public:
  Training(const Task& task, int batch)
      : initial_(start_of(task)), batches_(make_batches(task, batch)), state_(initial_) {}

  void step() override {
    const Batch& batch = batches_[next_];
    next_ = (next_ + 1) % batches_.size();
    std::tie(state_.optimizer, state_.stats, loss_) =
        step_(std::move(state_.optimizer), std::move(state_.stats), batch.images, batch.labels);
  }

  void reset() override {
    state_ = initial_;
    next_ = 0;
  }

  double loss() const override { return loss_.item<float>(); }

  void save(const std::filesystem::path& directory) const override {
    save_task(directory, initial_.optimizer.target.params, batches_);
  }

 private:
  TrainState initial_;
  std::vector<Batch> batches_;
  TrainState state_;
  Tensor loss_;
  std::size_t next_ = 0;
  linseed::Jitted<decltype(&train_step)> step_ = linseed::jit(&train_step);
};

}  // namespace

TrainState initial_state(const Network& network, int size, int channels, float learning_rate) {
  auto [created, stats] = nn::stateful([&] {
    return network.create_by_shape(linseed::random::key(0), {{{1, size, size, channels}}});
  });
  const linseed::optim::Momentum rule{.learning_rate = learning_rate, .beta = kBeta};
  return {rule.create(created.model), stats};
}

Gradient loss_and_gradient(const nn::Model<Network>& model, const nn::Collection& stats,
                           const Tensor& images, const Tensor& labels) {
  const auto loss_of = [&](const nn::Model<Network>& candidate) {
    auto [logits, new_stats] = nn::stateful(stats, [&] { return candidate(images); });
    return std::pair(nn::softmax_cross_entropy(logits, labels), new_stats);
  };
  auto [loss, new_stats, gradient] = linseed::value_and_grad(loss_of, linseed::has_aux)(model);
  return {loss, new_stats, gradient};
}

std::tuple<Optimizer, nn::Collection, Tensor> train_step(const Optimizer& optimizer,
                                                         const nn::Collection& stats,
                                                         const Tensor& images,
                                                         const Tensor& labels) {
  const auto [loss, new_stats, gradient] =
      loss_and_gradient(optimizer.target, stats, images, labels);
  return {optimizer.apply_gradient(gradient), new_stats, loss};
}

Tensor logits_of(const nn::Model<Network>& model, const nn::Collection& stats,
                 const Tensor& images) {
  const auto judge = model.partial(&Network::train, false);
  return nn::stateful(stats, nn::frozen, [&] { return judge(images); });
}

std::vector<Batch> make_batches(const Task& task, int size) {
  const Tensor key = linseed::random::key(1);
  const auto part = [&](int i) { return linseed::random::fold_in(key, i); };
  const Tensor patterns =
      linseed::random::normal(part(-1), {kClasses, task.size, task.size, task.channels});
  std::vector<Batch> batches;
  for (int i = 0; i < kBatches; ++i) {
    const Tensor labels = linseed::random::randint(part(2 * i), {size}, 0, kClasses);
    const Tensor noise =
        linseed::random::normal(part(2 * i + 1), {size, task.size, task.size, task.channels});
    batches.push_back({noise + 0.5f * linseed::take(patterns, labels, 0), labels});
    linseed::evaluate(batches.back());
  }
  return batches;
}

void save_task(const std::filesystem::path& directory, const Tree& params,
               const std::vector<Batch>& batches) {
  Tree images, labels;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    images[std::to_string(i)] = batches[i].images;
    labels[std::to_string(i)] = batches[i].labels;
  }
  linseed::save_checkpoint(directory,
                           Tree{{"params", params}, {"images", images}, {"labels", labels}}, 0);
}

std::unique_ptr<Work> make_training(const Task& task, int batch) {
  return std::make_unique<Training>(task, batch);
}

double flops_of_training(const Task& task, int batch) {
  const TrainState state = start_of(task);
  const Tensor images = linseed::zeros({batch, task.size, task.size, task.channels});
  const auto [optimizer, stats, loss] =
      train_step(state.optimizer, state.stats, images, linseed::zeros({batch}, linseed::int32));
  return product_flops(linseed::tree::leaves(optimizer));
}

}  // namespace bench
