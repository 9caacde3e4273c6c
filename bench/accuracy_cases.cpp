// M5: a network from its initial values to an accuracy on images it has not seen, end to end. A
// step is all of it: files read, batches shuffled, training, and the test images judged after each
// epoch.
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
  float learning_rate;
  double accuracy;
  int most_epochs;
};

/// How many images the network, with running averages, gets right.
Tensor count_right(const nn::Model<Network>& model, const nn::Collection& stats,
                   const Tensor& images, const Tensor& labels) {
  const auto judge = model.partial(&Network::train, false);
  const Tensor logits = nn::stateful(stats, nn::frozen, [&] { return judge(images); });
  return linseed::sum(linseed::equal(linseed::argmax(logits, -1), labels));
}

class ToAccuracy final : public Work {
 public:
  explicit ToAccuracy(Goal goal)
      : goal_(std::move(goal)),
        initial_(initial_state(goal_.architecture, 28, 1, goal_.learning_rate)) {}

  void step() override {
    const data::ImageClassification task = data::fashion_mnist();
    const data::Batches batches(task.train, goal_.batch, key_);
    TrainState state = initial_;
    for (int epoch = 0; epoch < goal_.most_epochs; ++epoch) {
      for (const auto& [images, labels] : batches.rest_of_epoch({epoch, 0})) {
        std::tie(state.optimizer, state.stats, std::ignore) =
            train_(std::move(state.optimizer), std::move(state.stats), images, labels);
      }
      if (accuracy(state, task.test) >= goal_.accuracy) return;
    }
    throw linseed::InternalError("{}: {} epochs did not lead to an accuracy of {}", goal_.name,
                                 goal_.most_epochs, goal_.accuracy);
  }

  /// As <directory>/checkpoint_0: "params", and "orders" of the training images, by epoch.
  void save(const std::filesystem::path& directory) const override {
    const std::int64_t count = data::fashion_mnist().train.labels.dim(0);
    linseed::Tree orders;
    for (int epoch = 0; epoch < goal_.most_epochs; ++epoch) {
      orders[std::to_string(epoch)] = data::batching::shuffled_order(key_, epoch, count);
    }
    const linseed::Tree all{{"params", initial_.optimizer.target.params}, {"orders", orders}};
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
  Tensor key_ = linseed::random::key(1);
  linseed::Jitted<decltype(&train_step)> train_ = linseed::jit(&train_step);
  linseed::Jitted<decltype(&count_right)> judge_ = linseed::jit(&count_right);
};

}  // namespace

std::vector<Case> accuracy_cases() {
  // A goal that two or three epochs reach. Contestants may differ in an epoch: rounding decides
  // close ones.
  const Goal m1{"M5/m1", "m1", m1_net(), 128, 0.01F, 0.87, 5};
  return {{.name = m1.name,
           .spec = {{"kind", "to_accuracy"},
                    {"network", m1.network},
                    {"batch", m1.batch},
                    {"learning_rate", m1.learning_rate},
                    {"beta", kBeta},
                    {"accuracy", m1.accuracy}},
           .prepare = [=] { return std::make_unique<ToAccuracy>(m1); }}};
}

}  // namespace bench
