// M5: a network from its initial values, in a number of epochs, to an accuracy on images it has not
// seen, end to end. A step is all of it: files read, batches shuffled, training, and the test
// images judged after each epoch. `m1` is the network of M1, `fashion_mnist` the example of that
// name (08_fashion_mnist.cpp).
#include <linseed/linseed.h>

#include "case.h"
#include "training.h"

namespace bench {
namespace {

namespace nn = linseed::nn;
namespace data = linseed::data;
using linseed::Tensor;

struct Goal {
  std::string name;     // of the case
  std::string network;  // as peers call it
  Architecture architecture;
  int batch;
  linseed::optim::Schedule rate;
  double accuracy;
  int epochs;
};

/// How many images the network, with running averages, gets right.
Tensor count_right(const nn::Model<Network>& model, const nn::Collection& stats,
                   const Tensor& images, const Tensor& labels) {
  const Tensor classes = linseed::argmax(logits_of(model, stats, images), -1);
  return linseed::sum(linseed::equal(classes, labels));
}

/// A training step at the rate that a schedule has for it.
struct ScheduledStep {
  linseed::optim::Schedule rate;

  std::tuple<Optimizer, nn::Collection> operator()(const Optimizer& optimizer,
                                                   const nn::Collection& stats,
                                                   const Tensor& images,
                                                   const Tensor& labels) const {
    const auto [loss, new_stats, gradient] =
        loss_and_gradient(optimizer.target, stats, images, labels);
    return {optimizer.apply_gradient(gradient, &linseed::optim::Momentum::learning_rate,
                                     rate(optimizer.state.step)),
            new_stats};
  }
};

class ToAccuracy final : public Work {
 public:
  explicit ToAccuracy(Goal goal)
      : goal_(std::move(goal)),
        initial_(initial_state({.architecture = goal_.architecture}, 28, 1, 0)) {}

  void step() override {
    const data::ImageClassification task = data::fashion_mnist();
    const data::Batches batches(task.train, goal_.batch, key_);
    TrainState state = initial_;
    for (int epoch = 0; epoch < goal_.epochs; ++epoch) {
      for (const auto& [images, labels] : batches.rest_of_epoch({epoch, 0})) {
        std::tie(state.optimizer, state.stats) =
            train_(std::move(state.optimizer), std::move(state.stats), images, labels);
      }
      accuracy_ = accuracy(state, task.test);
    }
    if (accuracy_ >= goal_.accuracy) return;
    throw linseed::InternalError("{}: {} epochs led to an accuracy of {}, not {}", goal_.name,
                                 goal_.epochs, accuracy_, goal_.accuracy);
  }

  /// As <directory>/checkpoint_0: "params", and by epoch "orders", those of the training images,
  /// and "rates", those of the steps.
  void save(const std::filesystem::path& directory) const override {
    const std::int64_t count = data::fashion_mnist().train.labels.dim(0);
    const std::int64_t steps = count / goal_.batch;
    linseed::Tree orders, rates;
    for (int epoch = 0; epoch < goal_.epochs; ++epoch) {
      orders[std::to_string(epoch)] = data::batching::shuffled_order(key_, epoch, count);
      std::vector<Tensor> of_epoch;
      for (std::int64_t step = epoch * steps; step < (epoch + 1) * steps; ++step) {
        of_epoch.push_back(goal_.rate(linseed::full({}, step, linseed::int32)));
      }
      rates[std::to_string(epoch)] = linseed::stack(of_epoch, 0);
    }
    const linseed::Tree all{
        {"params", initial_.optimizer.target.params}, {"orders", orders}, {"rates", rates}};
    linseed::save_checkpoint(directory, all, 0);
  }

 private:
  double accuracy(const TrainState& state, const data::LabelledImages& examples) const {
    std::int64_t right = 0;
    for (const auto& [images, labels] : data::in_order(examples, 1000)) {
      right += judge_(state.optimizer.target, state.stats, images, labels).item<std::int32_t>();
    }
    return static_cast<double>(right) / static_cast<double>(examples.labels.dim(0));
  }

  Goal goal_;
  TrainState initial_;
  double accuracy_ = 0;
  Tensor key_ = linseed::random::key(1);
  linseed::Jitted<ScheduledStep> train_ = linseed::jit(ScheduledStep{goal_.rate});
  linseed::Jitted<decltype(&count_right)> judge_ = linseed::jit(&count_right);
};

}  // namespace

std::vector<Case> accuracy_cases() {
  namespace optim = linseed::optim;
  constexpr int kBatch = 128;
  constexpr std::int64_t kStepsPerEpoch = 60000 / kBatch;
  // Goals that are reached for sure, however sums are rounded.
  const std::vector<Goal> goals{
      {"M5/m1", "m1", m1_net(), kBatch, optim::constant_schedule(0.01), 0.87, 3},
      {"M5/fashion_mnist", "m2", conv_net({32, 64}, {256, 10}), kBatch,
       optim::cosine_schedule(0.1, kStepsPerEpoch, 3, 0.25), 0.91, 3},
  };
  std::vector<Case> cases;
  for (const Goal& goal : goals) {
    cases.push_back({.name = goal.name,
                     .spec = {{"kind", "to_accuracy"},
                              {"network", goal.network},
                              {"batch", goal.batch},
                              {"beta", kBeta},
                              {"accuracy", goal.accuracy}},
                     .prepare = [=] { return std::make_unique<ToAccuracy>(goal); }});
  }
  return cases;
}

}  // namespace bench
