// A convolutional network with BatchNorm learns Fashion-MNIST: trained, saved, resumed, evaluated.
//
//   sh examples/run.sh                                            3 epochs
//   sh examples/run.sh 08_fashion_mnist --epochs 1 --optimizer adam
//   sh examples/run.sh 08_fashion_mnist --resume                  goes on after Ctrl-C or a crash
//   sh examples/run.sh 08_fashion_mnist --evaluate runs/08_fashion_mnist
//
// Last line to expect: test accuracy 0.9165, 650 images/s, checkpoint runs/…/checkpoint_1404
#include <fmt/format.h>

#include <linseed/linseed.h>

#include "support/checkpoints.h"
#include "support/classification_report.h"
#include "support/draw.h"
#include "support/interrupt.h"
#include "support/options.h"
#include "support/progress.h"

namespace nn = linseed::nn;
namespace optim = linseed::optim;
namespace data = linseed::data;
using linseed::Tensor;

struct CNN : nn::Module<CNN> {
  bool train = true;
  bool batch_norm = true;

  Tensor apply(Tensor x) const {
    for (int features : {32, 64}) {
      x = nn::Conv{.features = features, .kernel_size = {3, 3}, .bias = !batch_norm}(x);
      if (batch_norm) x = nn::BatchNorm{.use_running_average = !train}(x);
      x = nn::relu(x);
      x = nn::max_pool(x, {2, 2}, {2, 2});
    }
    x = linseed::reshape(x, {x.dim(0), -1});
    x = nn::relu(nn::Dense{.features = 256}(x));
    return nn::Dense{.features = 10}(x);
  }
};

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

/// A fresh model and its statistics, made from shapes alone.
auto make_model(const example::TrainingOptions& options) {
  const Tensor key = linseed::random::fold_in(linseed::random::key(options.seed), 0);
  return nn::stateful([&] {
    return CNN{.batch_norm = options.batch_norm}.create_by_shape(key, {{{1, 28, 28, 1}}}).model;
  });
}

/// Judges models by a test set, with the averages that training has gathered.
auto make_evaluation(const data::ImageClassification& task, const nn::Model<CNN>& like) {
  const auto classify = linseed::jit([](nn::Model<CNN> model, nn::Collection stats, Tensor images) {
    return nn::stateful(stats, nn::frozen, [&] { return model(images); });
  });
  const auto eval_model = like.partial(&CNN::train, false);
  return [=, &task](const linseed::Tree& params, const nn::Collection& stats) {
    example::ClassificationReport report(task.classes);
    for (const auto& batch : data::in_order(task.test, 500)) {
      report.add(classify(eval_model.replace(params), stats, batch.images), batch.labels);
    }
    return report;
  };
}

template <class Rule>
int train(const example::TrainingOptions& options, const Rule& rule) {
  const auto latest = linseed::latest_step(options.run_dir);
  if (latest && !options.resume) {
    throw linseed::InvalidArgument("{} already holds a run (step {}); go on with --resume, or name "
                                   "another --run-dir", options.run_dir.string(), *latest);
  }
  const auto task = data::fashion_mnist(options.data_dir);
  const auto [model, stats] = make_model(options);
  const Tensor data_key = linseed::random::fold_in(linseed::random::key(options.seed), 1);
  TrainState<Rule> state{rule.create(model), stats, data_key, {}};
  if (options.resume) state = example::resume(options, state);

  const data::Batches batches(task.train, options.batch_size, state.key);
  const auto rate = optim::cosine_schedule(options.learning_rate, batches.steps_per_epoch(),
                                           static_cast<double>(options.epochs), 0.25);
  const auto train_step = linseed::jit([=](auto optimizer, nn::Collection batch_stats, Tensor images,
                                           Tensor labels) {
    const auto loss_of = [&](const nn::Model<CNN>& candidate) {
      auto [logits, new_stats] = nn::stateful(batch_stats, [&] { return candidate(images); });
      return std::pair(nn::softmax_cross_entropy(logits, labels), new_stats);
    };
    auto [loss, new_stats, gradient] =
        linseed::value_and_grad(loss_of, linseed::has_aux)(optimizer.target);
    return std::tuple(optimizer.apply_gradient(gradient, &Rule::learning_rate,
                                               rate(optimizer.state.step)), new_stats, loss);
  });

  const auto evaluate = make_evaluation(task, model);
  const example::InterruptGuard interrupt;
  example::Progress progress({.epochs = options.epochs,
                              .steps_per_epoch = batches.steps_per_epoch(),
                              .batch_size = options.batch_size});
  auto checkpoint = example::save(options, state);
  double accuracy = 0;
  std::int64_t steps = 0;
  const auto enough = [&] { return options.max_steps > 0 && steps >= options.max_steps; };
  while (state.position.epoch < options.epochs && !enough()) {
    progress.begin_epoch(state.position.epoch, state.position.step);
    for (const auto& batch : batches.rest_of_epoch(state.position)) {
      Tensor loss;
      std::tie(state.optimizer, state.stats, loss) = train_step(
          std::move(state.optimizer), std::move(state.stats), batch.images, batch.labels);
      state.position = batches.next(state.position);
      progress.step(example::finite_loss(loss, state.optimizer.state.step, checkpoint));
      ++steps;
      if (interrupt.requested() || enough()) break;
    }
    progress.end_epoch();
    checkpoint = example::save(options, state);
    if (interrupt.requested()) {
      fmt::print("stopped; {} is saved: go on with --resume\n", checkpoint.string());
      return interrupt.exit_code();
    }
    accuracy = evaluate(state.optimizer.target.params, state.stats).accuracy();
    fmt::print("step {}: test accuracy {:.4f}\n", state.optimizer.state.step, accuracy);
  }
  // A run resumed after its end only tells how it ended.
  if (steps == 0) accuracy = evaluate(state.optimizer.target.params, state.stats).accuracy();
  fmt::print("parameters {}\n", linseed::fingerprint(state.optimizer.target));
  fmt::print("test accuracy {:.4f}, {:.0f} images/s, checkpoint {}\n", accuracy,
             progress.images_per_second(), checkpoint.string());
  return 0;
}

/// Draws the first test images over what the model takes them for.
void show_predictions(const data::ImageClassification& task, const nn::Model<CNN>& model,
                      const nn::Collection& stats) {
  const Tensor images = linseed::slice(task.test.images, {0, 0, 0, 0}, {4, 28, 28, 1});
  const Tensor logits = nn::stateful(stats, nn::frozen, [&] { return model(images); });
  const Tensor predicted = linseed::argmax(logits, -1);
  std::vector<example::Drawing> drawings;
  std::vector<std::string> captions;
  for (std::size_t i = 0; i < 4; ++i) {
    drawings.push_back(example::draw(images.data<float>().subspan(i * 784, 784), 28));
    captions.push_back(task.classes[static_cast<std::size_t>(predicted.data<std::int32_t>()[i])]);
  }
  fmt::print("{}", example::side_by_side(drawings, captions));
}

int evaluate(const example::TrainingOptions& options) {
  const auto task = data::fashion_mnist(options.data_dir);
  const auto [like, stats_like] = make_model(options);
  const auto model =
      linseed::restore_checkpoint(options.evaluate, like, {.at = "optimizer/target"}).value;
  const auto stats = linseed::restore_checkpoint(options.evaluate, stats_like, {.at = "stats"}).value;
  const auto report = make_evaluation(task, like)(model.params, stats);
  fmt::print("{}", report.table());
  show_predictions(task, model.partial(&CNN::train, false), stats);
  fmt::print("test accuracy {:.4f}\n", report.accuracy());
  return 0;
}

int body(int argc, char** argv) {
  const auto options = example::parse_options(argc, argv, "08_fashion_mnist",
                                              "Trains a convolutional network on Fashion-MNIST.");
  if (options.threads > 0) linseed::set_num_threads(options.threads);
  if (!options.evaluate.empty()) return evaluate(options);
  if (options.optimizer == "adam") {
    return train(options, optim::Adam{.learning_rate = options.learning_rate});
  }
  return train(options, optim::Momentum{.learning_rate = options.learning_rate, .beta = 0.9f});
}

int main(int argc, char** argv) { return example::run_example(body, argc, argv); }
