// E4: the network of M4 from images to logits, with running averages. Its loss is the mean
// cross-entropy of the last batch, as a check.
#include "product_flops.h"
#include "training.h"

namespace bench {
namespace {

namespace nn = linseed::nn;
using linseed::Tensor;

/// With averages that have seen three batches.
TrainState state_of(const Task& task, const std::vector<Batch>& batches) {
  TrainState state = initial_state({.architecture = task.architecture}, task.size, task.channels,
                                   /*learning_rate=*/0);
  for (int i = 0; i < 3; ++i) {
    state.stats =
        std::get<1>(train_step(state.optimizer, state.stats, batches[i].images, batches[i].labels));
  }
  linseed::evaluate(state);
  return state;
}

class Evaluation final : public Work {
 public:
  Evaluation(const Task& task, int batch)
      : batches_(make_batches(task, batch)), state_(state_of(task, batches_)) {}

  void step() override {
    next_ = (next_ + 1) % batches_.size();
    logits_ = logits_of_(state_.optimizer.target, state_.stats, batches_[next_].images);
  }

  void reset() override { next_ = batches_.size() - 1; }

  double loss() const override {
    return nn::softmax_cross_entropy(logits_, batches_[next_].labels).item<float>();
  }

  /// The averages stand among the parameters of their layer.
  void save(const std::filesystem::path& directory) const override {
    linseed::Tree values = state_.optimizer.target.params;
    for (const auto& [path, averages] : state_.stats.as_dict()) {
      for (const auto& [name, average] : averages) values[path.substr(1)][name] = average;
    }
    save_task(directory, values, batches_);
  }

 private:
  std::vector<Batch> batches_;
  TrainState state_;
  Tensor logits_;
  std::size_t next_ = batches_.size() - 1;
  linseed::Jitted<decltype(&logits_of)> logits_of_ = linseed::jit(&logits_of);
};

double flops_of_evaluation(const Task& task, int batch) {
  const TrainState state =
      initial_state({.architecture = task.architecture}, task.size, task.channels, 0);
  const Tensor images = linseed::zeros({batch, task.size, task.size, task.channels});
  return product_flops({logits_of(state.optimizer.target, state.stats, images)});
}

}  // namespace

std::vector<Case> evaluation_cases() {
  std::vector<Case> cases;
  for (const int batch : {1, 256}) {
    const Task task = resnet20_task();
    cases.push_back({.name = fmt::format("E4/b{}", batch),
                     .flops = flops_of_evaluation(task, batch),
                     .spec = {{"kind", "evaluation"}, {"network", task.network}, {"batch", batch}},
                     .prepare = [=] { return std::make_unique<Evaluation>(task, batch); }});
  }
  return cases;
}

}  // namespace bench
