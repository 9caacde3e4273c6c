// Pictures of one's own: from a folder to a trained network, its report and its predictions.
//
//   sh examples/run.sh 13_own_data                       pictures made up here, to try it
//   sh examples/run.sh 13_own_data --data-dir flowers --run-dir runs/flowers
//                                                        of flowers/daisy/1.jpg, flowers/rose/2.png
//   build/release/linseed predict runs/flowers picture.jpg
// Last line to expect: report runs/13_own_data/report.html
#include <linseed/linseed.h>

#include "support/checkpoints.h"
#include "support/classification_report.h"
#include "support/classifier.h"
#include "support/interrupt.h"
#include "support/own_data_options.h"
#include "support/own_pictures.h"
#include "support/progress.h"

namespace nn = linseed::nn;
namespace optim = linseed::optim;
namespace data = linseed::data;
using linseed::Tensor;

constexpr auto kOnBroken = data::OnBroken::skip;  // a few bad files are no reason to stop

/// Convolution, BatchNorm, relu and pooling, three times; then the mean over what is left.
///   images [n, height, width, channels] -> logits [n, classes]
struct Network : nn::Module<Network> {
  int classes = 2;
  bool train = true;

  Tensor apply(Tensor x) const {
    for (const int features : {16, 32, 64}) {
      x = nn::Conv{.features = features, .kernel_size = {3, 3}, .bias = false}(x);
      x = nn::BatchNorm{.use_running_average = !train, .momentum = 0.9f}(x);
      x = nn::max_pool(nn::relu(x), {2, 2}, {2, 2});
    }
    return nn::Dense{.features = classes}(nn::global_avg_pool(x));
  }
};

/// All that a run needs to go on where it stopped, and whoever uses the network.
struct TrainState {
  optim::Optimizer<optim::Adam, nn::Model<Network>> optimizer;
  nn::Collection stats;            // BatchNorm's running averages
  data::ChannelStatistics pixels;  // of the training images
  Tensor key;                      // of the order of the data, and of what is changed at random
  data::Position position;         // in the data
  static constexpr auto tree =
      linseed::fields<&TrainState::optimizer, &TrainState::stats, &TrainState::pixels,
                      &TrainState::key, &TrainState::position>;
  std::int64_t step() const { return optimizer.state.step.item<std::int64_t>(); }
};

/// A state to begin with, or to restore another as; the pixels' statistics are not measured yet.
TrainState fresh_state(const example::OwnDataOptions& options, const data::ImageShape& shape) {
  const Tensor key = linseed::random::key(options.seed);
  const auto [height, width, channels] = shape;
  const std::vector<linseed::TensorSpec> input{{{1, height, width, channels}}};
  const Network network{.classes = static_cast<int>(options.classes.size())};
  auto [model, stats] = nn::stateful([&] { return network.create_by_shape(key, input).model; });
  const auto optimizer = optim::Adam{.learning_rate = options.learning_rate}.create(model);
  const data::ChannelStatistics pixels{linseed::zeros({channels}), linseed::ones({channels})};
  return {optimizer, stats, pixels, linseed::random::fold_in(key, 1), {}};
}

/// The logits of normalised images.
Tensor classify(const nn::Model<Network>& trained, const nn::Collection& stats,
                const Tensor& images) {
  const auto model = trained.partial(&Network::train, false);
  return nn::stateful(stats, nn::frozen, [&] { return model(images); });
}

/// Trains until the last epoch, --max-steps or Ctrl-C, saving at each epoch; returns the exit code.
int train(const example::OwnDataOptions& options, const data::TrainAndTest& task) {
  auto state = example::open_run(options, fresh_state(options, task.train.shape));
  if (!options.resume) state.pixels = data::channel_statistics(task.train, kOnBroken);
  // Kept by checkpoints, for the report, `linseed predict` and `linseed recalibrate`.
  const auto functions =
      example::functions_of(state, options.batch_size, task.train.shape, classify);
  const data::Normalize normalize(state.pixels);
  data::Loader batches(task.train, options.batch_size, state.key,
                       {.transforms = {data::RandomFlip{}, normalize},
                        .on_broken = kOnBroken,
                        .epochs = options.epochs});
  const auto rate = optim::cosine_schedule(options.learning_rate, batches.steps_per_epoch(),
                                           static_cast<double>(options.epochs), 1);
  const auto train_step = example::make_train_step<Network, optim::Adam>(rate);
  const auto classifier = linseed::jit(classify);

  const example::InterruptGuard interrupt;
  example::Progress progress({.epochs = options.epochs,
                              .steps_per_epoch = batches.steps_per_epoch(),
                              .batch_size = options.batch_size});
  auto checkpoint = example::save(options, state, functions);
  linseed::MetricsLog log(options.run_dir / "metrics.jsonl",
                          {.config = options.config(), .restored_step = state.step()});
  for (bool stop = false; state.position.epoch < options.epochs && !stop;) {
    progress.begin_epoch(state.position.epoch, state.position.step);
    for (const auto& batch : batches.rest_of_epoch(state.position)) {
      Tensor loss;
      std::tie(state.optimizer, state.stats, loss) = train_step(
          std::move(state.optimizer), std::move(state.stats), batch.images, batch.labels);
      state.position = batches.next(state.position);
      progress.step(example::finite_loss(loss, state.optimizer.state.step, checkpoint));
      log.append(state.step(), {{"train/loss", loss}});
      stop = interrupt.requested() || progress.steps_done() == options.max_steps;
      if (stop) break;
    }
    progress.end_epoch();
    checkpoint = example::save(options, state, functions);
    if (interrupt.requested()) return example::stopped(interrupt, checkpoint);
    const auto logits_of = [&](const Tensor& images) {
      return classifier(state.optimizer.target, state.stats, images);
    };
    const double now = example::report_on(task.test, logits_of,
                                          {.transforms = {normalize}, .on_broken = kOnBroken})
                           .accuracy();
    log.append(state.step(), {{"test/accuracy", now}});
    fmt::print("epoch {}: test accuracy {:.3f}\n", state.position.epoch, now);
  }
  for (const auto& [index, what] : batches.broken()) fmt::print("skipped: {}\n", what);
  return 0;
}

int body(int argc, char** argv) {
  auto options = example::parse_own_data_options(argc, argv);
  if (options.threads > 0) linseed::set_num_threads(options.threads);
  if (options.data_dir.empty()) options.data_dir = example::make_pictures(options);
  const auto task = example::open_pictures(options);
  options.classes = task.train.classes;
  options.images = task.train.size + task.test.size;
  options.batch_size = std::min(options.batch_size, task.train.size);
  if (const int code = train(options, task)) return code;
  const auto page = options.run_dir / "report.html";
  linseed::write_report(options.run_dir, page, {.images = task.test, .health = {.momentum = 0.9}});
  fmt::print("report {}\n", page.string());
  return 0;
}

int main(int argc, char** argv) { return example::run_example(body, argc, argv); }
