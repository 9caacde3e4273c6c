// M1 to M4 and Flax's MNIST example: whole training steps, from a batch to new parameters, momenta
// and running averages, all evaluated. Loss: mean cross-entropy; SGD with momentum; float32.
#include <linseed/linseed.h>

#include "case.h"
#include "networks.h"
#include "product_flops.h"
#include "training.h"

namespace bench {
namespace {

using linseed::Tensor;

constexpr int kBatches = 20;  // as many different ones
constexpr int kClasses = 10;
// So small that a ReLU that rounding switches moves no loss by what their check allows (README.md).
constexpr float kLearningRate = 5e-5f;

struct Task {
  std::string name;     // of the case
  std::string network;  // as peers call it
  Architecture architecture;
  int size, channels;
  std::vector<int> batches;
};

struct Batch {
  Tensor images, labels;
};

TrainState start_of(const Task& task) {
  return initial_state(task.architecture, task.size, task.channels, kLearningRate);
}

/// Noise with a faint pattern for each class, so that there is something to learn in 20 steps, but
/// the loss stays well above 0.
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
    linseed::evaluate(batches.back().images, batches.back().labels);
  }
  return batches;
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

  /// As <directory>/checkpoint_0: "params", and "images" and "labels" of all batches.
  void save(const std::filesystem::path& directory) const override {
    linseed::Tree images, labels;
    for (std::size_t i = 0; i < batches_.size(); ++i) {
      images[std::to_string(i)] = batches_[i].images;
      labels[std::to_string(i)] = batches_[i].labels;
    }
    const linseed::Tree all{
        {"params", initial_.optimizer.target.params}, {"images", images}, {"labels", labels}};
    linseed::save_checkpoint(directory, all, 0);
  }

 private:
  TrainState initial_;
  std::vector<Batch> batches_;
  TrainState state_;
  Tensor loss_;
  std::size_t next_ = 0;
  linseed::Jitted<decltype(&train_step)> step_ = linseed::jit(&train_step);
};

double flops_of_step(const Task& task, int batch) {
  const TrainState state = start_of(task);
  const Tensor images = linseed::zeros({batch, task.size, task.size, task.channels});
  const auto [optimizer, stats, loss] =
      train_step(state.optimizer, state.stats, images, linseed::zeros({batch}, linseed::int32));
  return product_flops(linseed::tree::leaves(optimizer));
}

std::vector<Task> all_tasks() {
  const std::vector<int> batches = {32, 64, 128, 256};
  return {
      {"M1", "m1", m1_net(), 28, 1, batches},
      {"M2", "m2", conv_net({32, 64}, {128, 10}), 28, 1, batches},
      {"M3", "m3", mlp({256, 10}), 28, 1, batches},
      {"M4", "resnet20", resnet20(), 32, 3, batches},
      {"flax_mnist", "flax_mnist", flax_mnist(), 28, 1, {128}},
  };
}

}  // namespace

std::vector<Case> training_cases() {
  std::vector<Case> cases;
  for (const Task& task : all_tasks()) {
    for (const int batch : task.batches) {
      cases.push_back({.name = fmt::format("{}/b{}", task.name, batch),
                       .flops = flops_of_step(task, batch),
                       .spec = {{"kind", "training"},
                                {"network", task.network},
                                {"batch", batch},
                                {"learning_rate", kLearningRate},
                                {"beta", kBeta}},
                       .prepare = [=] { return std::make_unique<Training>(task, batch); }});
    }
  }
  return cases;
}

}  // namespace bench
