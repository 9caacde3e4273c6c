// A convolutional network with BatchNorm learns Fashion-MNIST: trained, saved, resumed, evaluated.
//
//   sh examples/run.sh                                            3 epochs
//   sh examples/run.sh 08_fashion_mnist --epochs 1 --optimizer adam
//   sh examples/run.sh 08_fashion_mnist --resume                  goes on after Ctrl-C or a crash
//   sh examples/run.sh 08_fashion_mnist --evaluate runs/08_fashion_mnist
// Last line to expect: test accuracy 0.9161, 3061 images/s, checkpoint runs/…/checkpoint_1404
#include <linseed/linseed.h>

#include "support/checkpoints.h"
#include "support/classification_report.h"
#include "support/fashion_cnn.h"
#include "support/interrupt.h"
#include "support/options.h"
#include "support/progress.h"

namespace nn = linseed::nn;
namespace optim = linseed::optim;
namespace data = linseed::data;
using example::CNN;
using linseed::Tensor;

/// All that a run needs to go on where it stopped.
template <class Rule>
struct TrainState {
  optim::Optimizer<Rule, nn::Model<CNN>> optimizer;  // parameters, the rule's state, the step
  nn::Collection stats;                              // BatchNorm's running averages
  Tensor key;                                        // of the order of the data
  data::Position position;                           // in the data
  static constexpr auto tree = linseed::fields<&TrainState::optimizer, &TrainState::stats,
                                               &TrainState::key, &TrainState::position>;
};

template <class Rule>
int train(const example::TrainingOptions& options, const Rule& rule) {
  const auto task = data::fashion_mnist(options.data_dir);
  const auto [model, stats] = example::make_cnn(options.batch_norm, options.seed);
  const Tensor key = linseed::random::fold_in(linseed::random::key(options.seed), 1);
  auto state = example::open_run(options, TrainState<Rule>{rule.create(model), stats, key, {}});
  const data::Batches batches(task.train, options.batch_size, state.key);
  const auto rate = optim::cosine_schedule(options.learning_rate, batches.steps_per_epoch(),
                                           static_cast<double>(options.epochs), 0.25);
  const auto train_step =
      linseed::jit([=](auto optimizer, nn::Collection batch_stats, Tensor images, Tensor labels) {
        const auto loss_of = [&](const nn::Model<CNN>& candidate) {
          auto [logits, new_stats] = nn::stateful(batch_stats, [&] { return candidate(images); });
          return std::pair(nn::softmax_cross_entropy(logits, labels), new_stats);
        };
        auto [loss, new_stats, gradient] =
            linseed::value_and_grad(loss_of, linseed::has_aux)(optimizer.target);
        return std::tuple(
            optimizer.apply_gradient(gradient, &Rule::learning_rate, rate(optimizer.state.step)),
            new_stats, loss);
      });

  const auto accuracy = [&, classifier = example::make_classifiers(model)] {
    return example::report_on(task, classifier(state.optimizer.target, state.stats)).accuracy();
  };
  const example::InterruptGuard interrupt;
  example::Progress progress({.epochs = options.epochs,
                              .steps_per_epoch = batches.steps_per_epoch(),
                              .batch_size = options.batch_size});
  auto checkpoint = example::save(options, state);  // a run that cannot be saved fails here
  for (bool stop = false; state.position.epoch < options.epochs && !stop;) {
    progress.begin_epoch(state.position.epoch, state.position.step);
    for (const auto& batch : batches.rest_of_epoch(state.position)) {
      Tensor loss;
      std::tie(state.optimizer, state.stats, loss) = train_step(
          std::move(state.optimizer), std::move(state.stats), batch.images, batch.labels);
      state.position = batches.next(state.position);
      progress.step(example::finite_loss(loss, state.optimizer.state.step, checkpoint));
      stop = interrupt.requested() || progress.steps_done() == options.max_steps;
      if (stop) break;
    }
    progress.end_epoch();
    checkpoint = example::save(options, state);
    if (interrupt.requested()) return example::stopped(interrupt, checkpoint);
    if (!stop && state.position.epoch < options.epochs) {  // the last line tells of the last epoch
      fmt::print("epoch {}: test accuracy {:.4f}\n", state.position.epoch, accuracy());
    }
  }
  fmt::print("parameters {}\n", linseed::fingerprint(state.optimizer.target));
  fmt::print("test accuracy {:.4f}, {:.0f} images/s, checkpoint {}\n", accuracy(),
             progress.images_per_second(), checkpoint.string());
  return 0;
}

int body(int argc, char** argv) {
  const auto options = example::parse_options(argc, argv, "08_fashion_mnist",
                                              "Trains a convolutional network on Fashion-MNIST.");
  if (options.threads > 0) linseed::set_num_threads(options.threads);
  if (!options.evaluate.empty()) {
    const auto task = data::fashion_mnist(options.data_dir);
    example::print_report(task, example::restore_classifier(options.evaluate, options.batch_norm));
    return 0;
  }
  const auto rate = options.learning_rate;
  if (options.optimizer == "adam") return train(options, optim::Adam{.learning_rate = rate});
  return train(options, optim::Momentum{.learning_rate = rate, .beta = 0.9f});
}

int main(int argc, char** argv) { return example::run_example(body, argc, argv); }
