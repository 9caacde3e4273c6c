// G: how M4's training step grows with one thing at a time: the images of a batch, their side, the
// depth of the network, threads, and replicas that share a batch. Compared among themselves, and
// with the limit: there is no peer.
#include <linseed/framework/plan/threads.h>

#include "training.h"

namespace bench {
namespace {

namespace nn = linseed::nn;

/// Work on so many threads; other work keeps what it has.
class OnThreads final : public Work {
 public:
  OnThreads(std::unique_ptr<Work> work, int threads) : work_(std::move(work)), threads_(threads) {}

  void step() override {
    const int before = linseed::num_threads();
    linseed::set_num_threads(threads_);
    work_->step();
    linseed::set_num_threads(before);
  }
  void reset() override { work_->reset(); }

 private:
  std::unique_ptr<Work> work_;
  int threads_;
};

/// One step of one replica, on its shard: moments and gradients are those of the whole batch.
TrainState replica_step(const TrainState& state, const Batch& shard) {
  const auto [loss, stats, gradient] =
      loss_and_gradient(state.optimizer.target, state.stats, shard.images, shard.labels);
  return {state.optimizer.apply_gradient(linseed::pmean(gradient, "batch")), stats};
}

class ReplicatedTraining final : public Work {
 public:
  ReplicatedTraining(const Task& task, int batch, int replicas)
      : state_(linseed::replicate(
            initial_state({.architecture = task.architecture, .axis_name = "batch"}, task.size,
                          task.channels, kLearningRate),
            replicas)) {
    for (const Batch& whole : make_batches(task, batch)) {
      shards_.push_back(linseed::shard(whole, replicas));
      linseed::evaluate(shards_.back());
    }
  }

  void step() override {
    state_ = step_(std::move(state_), shards_[next_]);
    next_ = (next_ + 1) % shards_.size();
  }

 private:
  TrainState state_;
  std::vector<Batch> shards_;
  std::size_t next_ = 0;
  decltype(linseed::pmap(&replica_step)) step_ =
      linseed::pmap(&replica_step, {.axis_name = "batch"});
};

Case growth_case(const std::string& axis, int value, double flops,
                 std::function<std::unique_ptr<Work>()> prepare) {
  return {.name = fmt::format("G/{}/{}", axis, value),
          .flops = flops,
          .spec = {{"kind", "growth"}, {"peers", false}, {"axis", axis}, {"value", value}},
          .prepare = std::move(prepare)};
}

Case training_case(const std::string& axis, int value, const Task& task, int batch) {
  return growth_case(axis, value, flops_of_training(task, batch),
                     [=] { return make_training(task, batch); });
}

}  // namespace

std::vector<Case> growth_cases() {
  constexpr int kBatch = 32, kLargeBatch = 128;
  const Task base = resnet20_task();
  std::vector<Case> cases;
  for (int batch = 1; batch <= 1024; batch *= 4) {
    cases.push_back(training_case("batch", batch, base, batch));
  }
  for (const int side : {16, 32, 64, 128}) {
    Task task = base;
    task.size = side;
    cases.push_back(training_case("side", side, task, kBatch));
  }
  for (const int blocks : {1, 2, 3, 5, 7, 9}) {
    Task task = base;
    task.architecture = resnet(blocks);
    cases.push_back(training_case("depth", 6 * blocks + 2, task, kBatch));
  }
  const double flops = flops_of_training(base, kLargeBatch);
  for (int threads = 1; threads <= linseed::num_threads(); threads *= 2) {
    cases.push_back(growth_case("threads", threads, flops, [=] {
      return std::make_unique<OnThreads>(make_training(base, kLargeBatch), threads);
    }));
  }
  for (const int replicas : {1, 2, 4, 8, 16}) {
    cases.push_back(growth_case("replicas", replicas, flops, [=] {
      return std::make_unique<ReplicatedTraining>(base, kLargeBatch, replicas);
    }));
  }
  return cases;
}

}  // namespace bench
