// A wide residual network: BatchNorm in its blocks, schedules, augmentation, weight decay.
//
//   sh examples/run.sh 10_wide_resnet                        10 epochs of Fashion-MNIST
//   sh examples/run.sh 10_wide_resnet --no-augment           what crops and mirror images are worth
//   sh examples/run.sh 10_wide_resnet -n 4 -k 10 --epochs 200 --data-dir cifar-10-batches-bin
//   sh examples/run.sh 10_wide_resnet --resume               goes on after Ctrl-C or a crash
//   sh examples/run.sh 10_wide_resnet --evaluate runs/10_wide_resnet
// Last line to expect: test accuracy 0.…, … images/s, checkpoint runs/…/checkpoint_4680
#include <linseed/linseed.h>

#include "support/checkpoints.h"
#include "support/classification_report.h"
#include "support/classifier.h"
#include "support/interrupt.h"
#include "support/progress.h"
#include "support/wide_resnet.h"
#include "support/wide_resnet_options.h"

namespace nn = linseed::nn;
namespace optim = linseed::optim;
namespace data = linseed::data;
using example::WideResNet;
using linseed::Tensor;

/// Weight decay for kernels alone: what BatchNorm adds and multiplies by need not be near 0.
auto make_rule(const example::WideResNetOptions& options) {
  const optim::Momentum plain{.learning_rate = options.learning_rate, .nesterov = true};
  optim::Momentum decaying = plain;
  decaying.weight_decay = options.weight_decay;
  return optim::multi(optim::on(optim::everything, plain), optim::on(optim::decays, decaying));
}

/// All that a run needs to go on where it stopped, and whoever uses the network.
struct TrainState {
  optim::Optimizer<decltype(make_rule({})), nn::Model<WideResNet>> optimizer;
  nn::Collection stats;            // BatchNorm's running averages
  data::ChannelStatistics pixels;  // of the training images
  Tensor key;                      // of the order of the data, and of crops and flips
  data::Position position;         // in the data
  static constexpr auto tree =
      linseed::fields<&TrainState::optimizer, &TrainState::stats, &TrainState::pixels,
                      &TrainState::key, &TrainState::position>;

  std::int64_t step() const { return optimizer.state.step.item<std::int64_t>(); }
};

/// A state to begin with, or to restore another as; the pixels' statistics are not measured yet.
TrainState fresh_state(const example::WideResNetOptions& options, const data::ImageShape& shape) {
  const Tensor key = linseed::random::key(options.seed);
  const auto classes = static_cast<int>(options.classes.size());
  const WideResNet network{.n = options.n, .k = options.k, .classes = classes};
  const auto [height, width, channels] = shape;
  const std::vector<linseed::TensorSpec> input{{{1, height, width, channels}}};
  auto [model, stats] = nn::stateful(
      [&] { return network.create_by_shape(linseed::random::fold_in(key, 0), input).model; });
  const data::ChannelStatistics pixels{linseed::zeros({channels}), linseed::ones({channels})};
  return {make_rule(options).create(model), stats, pixels, linseed::random::fold_in(key, 1), {}};
}

/// A function from a state to what its network takes these images for.
auto make_evaluation(const data::Dataset& images) {
  return [=, classify = linseed::jit(example::classify)](const TrainState& state) {
    const auto logits_of = [&](const Tensor& x) {
      return classify(state.optimizer.target, state.stats, x);
    };
    return example::report_on(images, logits_of, {.transforms = {data::Normalize(state.pixels)}});
  };
}

int train(const example::WideResNetOptions& options, const data::TrainAndTest& task) {
  auto state = example::open_run(options, fresh_state(options, task.train.shape));
  if (!options.resume) state.pixels = data::channel_statistics(task.train);
  data::LoaderOptions loading;  // by threads that prepare the next batches
  if (options.augment) loading.transforms = {data::RandomCrop{.padding = 4}, data::RandomFlip{}};
  loading.transforms.push_back(data::Normalize(state.pixels));
  loading.epochs = options.epochs;
  data::Loader batches(task.train, options.batch_size, state.key, loading);
  const auto rate = optim::cosine_schedule(options.learning_rate, batches.steps_per_epoch(),
                                           static_cast<double>(options.epochs), 0.5);  // warm-up
  const auto train_step = example::make_train_step<WideResNet, optim::Momentum>(rate);
  const auto evaluate = make_evaluation(task.test);

  const example::InterruptGuard interrupt;
  example::Progress progress({.epochs = options.epochs,
                              .steps_per_epoch = batches.steps_per_epoch(),
                              .batch_size = options.batch_size});
  const auto functions =
      example::functions_of(state, options.batch_size, task.train.shape, example::classify);
  auto checkpoint = example::save(options, state, functions);  // fails here if it does at all
  linseed::MetricsLog log(options.run_dir / "metrics.jsonl",
                          {.config = options.config(), .restored_step = state.step()});
  for (bool stop = false; state.position.epoch < options.epochs;) {
    progress.begin_epoch(state.position.epoch, state.position.step);
    for (const auto& batch : batches.rest_of_epoch(state.position)) {
      Tensor loss;
      std::tie(state.optimizer, state.stats, loss) = train_step(
          std::move(state.optimizer), std::move(state.stats), batch.images, batch.labels);
      state.position = batches.next(state.position);
      progress.step(example::finite_loss(loss, state.optimizer.state.step, checkpoint));
      if (state.step() % 20 == 0) {
        log.append(state.step(), {{"loss", loss}, {"rate", rate(state.optimizer.state.step)}});
      }
      stop = interrupt.requested() || progress.steps_done() == options.max_steps;
      if (stop) break;
    }
    progress.end_epoch();
    checkpoint = example::save(options, state, functions);
    if (interrupt.requested()) return example::stopped(interrupt, checkpoint);
    if (stop || state.position.epoch == options.epochs) break;  // the last lines tell of the last
    const double accuracy = evaluate(state).accuracy();
    log.append(state.step(), {{"test accuracy", accuracy}});
    fmt::print("epoch {}: test accuracy {:.4f}\n", state.position.epoch, accuracy);
  }
  const auto report = evaluate(state);
  log.append(state.step(), {{"test accuracy", report.accuracy()}});
  fmt::print("{}parameters {}\n", report.table(), linseed::fingerprint(state.optimizer.target));
  fmt::print("test accuracy {:.4f}, {:.0f} images/s, checkpoint {}\n", report.accuracy(),
             progress.images_per_second(), checkpoint.string());
  return 0;
}

int body(int argc, char** argv) {
  auto options = example::parse_wide_resnet_options(argc, argv);
  if (options.threads > 0) linseed::set_num_threads(options.threads);
  const auto task = data::open_train_and_test(options.data_dir);
  options.classes = task.train.classes;
  options.images = task.train.size + task.test.size;
  if (options.evaluate.empty()) return train(options, task);
  const auto like = fresh_state(example::wide_resnet_options_of(options.evaluate), task.test.shape);
  const auto state = linseed::restore_checkpoint(options.evaluate, like).value;
  const auto report = make_evaluation(task.test)(state);
  fmt::print("{}test accuracy {:.4f}\n", report.table(), report.accuracy());
  return 0;
}

int main(int argc, char** argv) { return example::run_example(body, argc, argv); }
