// Pictures of one's own: from a folder to a trained network, its report and its predictions.
//
//   sh examples/run.sh 13_own_data                       pictures made up here, to try it
//   sh examples/run.sh 13_own_data --data-dir flowers    flowers/daisy/1.jpg, flowers/rose/2.png
//   linseed predict runs/13_own_data picture.jpg
// Last line to expect: report runs/13_own_data/report.html
#include <linseed/linseed.h>

#include "support/checkpoints.h"
#include "support/classification_report.h"
#include "support/interrupt.h"
#include "support/own_data_options.h"
#include "support/own_pictures.h"
#include "support/progress.h"

namespace nn = linseed::nn;
namespace optim = linseed::optim;
namespace data = linseed::data;
using linseed::Tensor;

/// Blocks of convolution, BatchNorm, relu and pooling, then the mean over what is left of the
/// image.
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

TrainState fresh_state(const example::OwnDataOptions& options, const data::Dataset& images) {
  const Tensor key = linseed::random::key(options.seed);
  const auto [height, width, channels] = images.shape;
  const std::vector<linseed::TensorSpec> input{{{1, height, width, channels}}};
  const Network network{.classes = static_cast<int>(images.classes.size())};
  auto [model, stats] = nn::stateful([&] { return network.create_by_shape(key, input).model; });
  const auto optimizer = optim::Adam{.learning_rate = options.learning_rate}.create(model);
  const auto pixels = data::channel_statistics(images);
  return {optimizer, stats, pixels, linseed::random::fold_in(key, 1), {}};
}

/// What the network takes images with values in [0, 1] for: a function that checkpoints keep, so
/// that `linseed predict` and the report need nothing of this program.
Tensor predict(const TrainState& state, const Tensor& images) {
  const auto model = state.optimizer.target.partial(&Network::train, false);
  const Tensor x = (images - state.pixels.mean) / state.pixels.deviation;
  return nn::stateful(state.stats, nn::frozen, [&] { return model(x); });
}

/// Statistics of a batch alone, for `linseed recalibrate`.
TrainState batch_stats(TrainState state, const Tensor& images) {
  const Tensor x = (images - state.pixels.mean) / state.pixels.deviation;
  const auto run = [&] { return state.optimizer.target(x); };
  state.stats = nn::stateful(state.stats, nn::unaveraged, run).second;
  return state;
}

/// Trains until the last epoch, --max-steps or Ctrl-C, saving at each epoch; returns the exit code.
int train(const example::OwnDataOptions& options, const data::TrainAndTest& task) {
  auto state = example::open_run(options, fresh_state(options, task.train));
  const auto [height, width, channels] = task.train.shape;
  const linseed::TensorSpec images{{options.batch_size, height, width, channels}};
  const std::map<std::string, linseed::Exported> functions{
      {"predict", linseed::export_function(predict, state, images)},
      {"batch_stats", linseed::export_function(batch_stats, state, images)}};
  data::Loader batches(
      task.train, options.batch_size, state.key,
      {.transforms = {data::RandomFlip{}, data::RandomBrightness{}, data::Normalize(state.pixels)},
       .on_broken = data::OnBroken::skip});
  const auto rate = optim::cosine_schedule(options.learning_rate, batches.steps_per_epoch(),
                                           static_cast<double>(options.epochs), 1);
  const auto train_step =
      linseed::jit([=](auto optimizer, nn::Collection stats, Tensor x, Tensor labels) {
        const auto loss_of = [&](const nn::Model<Network>& model) {
          auto [logits, updated] = nn::stateful(stats, [&] { return model(x); });
          return std::pair(nn::softmax_cross_entropy(logits, labels), updated);
        };
        auto [loss, updated, gradient] =
            linseed::value_and_grad(loss_of, linseed::has_aux)(optimizer.target);
        const Tensor now = rate(optimizer.state.step);
        return std::tuple(optimizer.apply_gradient(gradient, &optim::Adam::learning_rate, now),
                          updated, loss);
      });

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
    const auto classify = [&](const Tensor& x) { return predict(state, x); };
    const double now = example::report_on(task.test, classify).accuracy();
    log.append(state.step(), {{"test/accuracy", now}});
    fmt::print("epoch {}: test accuracy {:.3f}\n", state.position.epoch, now);
  }
  for (const auto& [index, what] : batches.broken()) fmt::print("skipped: {}\n", what);
  return interrupt.requested() ? example::stopped(interrupt, checkpoint) : 0;
}

int body(int argc, char** argv) {
  auto options = example::parse_own_data_options(argc, argv);
  if (options.threads > 0) linseed::set_num_threads(options.threads);
  if (options.data_dir.empty()) options.data_dir = example::make_pictures(options);
  const auto task = example::open_pictures(options);
  options.classes = task.train.classes;
  options.batch_size = std::min(options.batch_size, task.train.size);
  if (const int code = train(options, task)) return code;
  const auto page = options.run_dir / "report.html";
  linseed::write_report(options.run_dir, page, {.images = task.test});
  fmt::print("report {}\n", page.string());
  return 0;
}

int main(int argc, char** argv) { return example::run_example(body, argc, argv); }
