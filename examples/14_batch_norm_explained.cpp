// What BatchNorm does, measured: signals, gradients, the loss's surface, modes, batches, replicas.
//
//   sh examples/run.sh 14_batch_norm_explained [--short]     draws, and writes a page of charts
// Last line to expect: layer 16 gets signals of size 0.00 without BatchNorm, 1.00 with it
#include <linseed/linseed.h>

#include "support/deep_measures.h"
#include "support/options.h"
#include "support/page.h"

namespace data = linseed::data;
using example::Chart;
using example::DeepModel;
using example::LabelledImages;
using example::Numbers;

const std::filesystem::path kPage = "runs/14_batch_norm_explained/index.html";

/// Returns the sizes of the signals that each variant's last layer gets.
Numbers signals(example::Page& page, const LabelledImages& batch) {
  std::vector<Chart> charts{
      {.title = "Size of what relu is given", .x_name = "layer", .logarithmic = true}};
  Numbers last;
  for (const auto& [name, mlp] : example::deep_variants()) {
    const auto inputs = example::relu_inputs(example::make_deep_model(mlp), batch.images);
    charts[0].series.push_back({name, example::deviations(inputs)});
    last.push_back(charts[0].series.back().values.back());
    charts.push_back(example::histograms("Values that relu is given, " + name, inputs));
  }
  page.part(
      "Signals keep their size",
      fmt::format("Each relu takes away about half of what it gets, so layer 16 is left "
                  "with a signal of size {:.2g}. Initial values made for relu (He et al., 2015) "
                  "keep {:.2g}, as long as they are the initial ones; BatchNorm keeps {:.2g} "
                  "whatever the weights become (Ioffe, Szegedy, 2015).",
                  last[0], last[1], last[2]),
      charts);
  return last;
}

void gradients(example::Page& page, const LabelledImages& batch) {
  Chart chart{.title = "Norm of the gradient by a kernel", .x_name = "layer", .logarithmic = true};
  for (const auto& [name, mlp] : example::deep_variants()) {
    chart.series.push_back({name, example::kernel_gradients(example::make_deep_model(mlp), batch)});
  }
  const Numbers &plain = chart.series[0].values, &with = chart.series[2].values;
  page.part("Gradients reach all layers",
            fmt::format("What fades on its way forward fades on its way back: without BatchNorm "
                        "layer 2 gets a gradient of {:.1g}, with it {:.2g}. There is a price: it "
                        "grows {:.2f} times a layer (in theory √(π / (π − 1)) = 1.21: Yang et al., "
                        "2019), so deep networks let it go around layers, as 10_wide_resnet does.",
                        plain[1], with[1], std::pow(with[1] / with[15], 1. / 14)),
            {chart});
}

void surface(example::Page& page, const LabelledImages& examples, int steps) {
  Chart losses{.title = "Loss along the gradient", .x_name = "step"};
  Chart changes{.title = "Change of the gradient per distance", .x_name = "step"};
  Numbers widest;
  for (const std::size_t i : {1, 2}) {
    const auto [name, mlp] = example::deep_variants()[i];
    const auto seen = example::descent(example::make_deep_model(mlp), examples, steps);
    losses.series.push_back({name, seen.low, seen.high});
    changes.series.push_back({name, seen.smoothness});
    widest.push_back(example::widest(seen));
  }
  page.part("The loss's surface is smoother",
            fmt::format("At each step the loss is looked at here and half, once, twice and four "
                        "times as far as the step leads. Without BatchNorm it varies by {:.2g} "
                        "where it does most, with it by {:.2g}: the narrower the band, the further "
                        "a gradient can be trusted (Santurkar et al., 2018).",
                        widest[0], widest[1]),
            {losses, changes});
}

void modes(example::Page& page, const example::Lag& lag) {
  Chart chart{.title = "Accuracy on test images", .x_name = "step", .x = lag.steps};
  chart.series = {{"by the batch", lag.by_batch},
                  {"by averages, m = 0.9", lag.by_quick},
                  {"by averages, m = 0.99", lag.by_slow}};
  page.part("Two modes, and averages that lag behind",
            fmt::format("In training a batch is normalised by its own statistics, and averages are "
                        "gathered, m · old + (1 − m) · new, for when there is no batch. They begin "
                        "at 0 and 1 and are 1 / (1 − m) steps late: after {} steps {:.0f} % are "
                        "recognised by the batch, {:.0f} % by averages with m = 0.9, {:.0f} % with "
                        "m = 0.99, and the network is not to blame.",
                        lag.steps.back(), 100 * lag.by_batch.back(), 100 * lag.by_quick.back(),
                        100 * lag.by_slow.back()),
            {chart});
}

void small_batches(example::Page& page, const DeepModel& deep, const LabelledImages& judges) {
  Chart chart{.title = "Accuracy on test images",
              .x_name = "images in a batch",
              .x = {2, 4, 8, 16, 32, 64, 128},
              .x_logarithmic = true};
  Numbers by_batch;
  for (const double n : chart.x) {
    by_batch.push_back(example::accuracy_in_batches(deep, judges, static_cast<std::int64_t>(n)));
  }
  const Numbers by_averages(chart.x.size(), example::accuracy(deep, judges, false));
  chart.series = {{"by the batch", by_batch}, {"by averages", by_averages}};
  page.part("Small batches are noisy",
            fmt::format("The mean of n values is off by 1 / √n standard deviations, in each of 16 "
                        "layers. So what an image is taken for depends on its company: among 2, "
                        "{:.0f} % are recognised, among 128, {:.0f} %, by averages {:.0f} %.",
                        100 * by_batch.front(), 100 * by_batch.back(), 100 * by_averages[0]),
            {chart});
}

void replicas(example::Page& page, const DeepModel& deep, const LabelledImages& batch) {
  Chart chart{.title = "Distance from the gradient of the batch",
              .x_name = "replicas",
              .x = {2, 4, 8, 16},
              .series = {{"each by its shard", {}}, {"with axis_name", {}}},
              .logarithmic = true,
              .x_logarithmic = true};
  Numbers &alone = chart.series[0].values, &together = chart.series[1].values;
  for (const double n : chart.x) {
    alone.push_back(example::distance_of_replicas(deep, batch, static_cast<int>(n), ""));
    together.push_back(example::distance_of_replicas(deep, batch, static_cast<int>(n), "batch"));
  }
  page.part("Replicas can share their statistics",
            fmt::format("Eight replicas have 8 images each of a batch of 64. If each normalises by "
                        "its own, the mean of their gradients is {:.1f} of its length away from "
                        "the gradient of the batch; with axis_name they merge their moments by "
                        "counts (Chan et al., 1979), and only rounding is left: {:.0e}.",
                        alone[2], together[2]),
            {chart});
}

int body(int argc, char** argv) {
  const bool brief = example::parse_short(argc, argv);
  const auto task = data::fashion_mnist();
  const auto batch = *data::in_order(task.train, 256).begin();
  example::Page page("What BatchNorm does");
  const Numbers last = signals(page, batch);
  gradients(page, batch);
  surface(page, task.train, brief ? 25 : 60);
  const auto lag = example::lag_of_averages(task, brief ? 20 : 200);
  modes(page, lag);
  small_batches(page, lag.trained, *data::in_order(task.test, brief ? 128 : 1024).begin());
  replicas(page, lag.trained, *data::in_order(task.train, 64).begin());
  page.save(kPage);
  fmt::print("see {}\nlayer 16 gets signals of size {:.2f} without BatchNorm, {:.2f} with it\n",
             kPage.string(), last[0], last[2]);
  return 0;
}

int main(int argc, char** argv) { return example::run_example(body, argc, argv); }
