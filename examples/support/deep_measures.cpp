#include "support/deep_measures.h"

namespace example {

namespace nn = linseed::nn;
namespace data = linseed::data;
using linseed::Tensor;
using linseed::optim::global_norm;

namespace {

Tensor distance(const nn::Model<DeepMlp>& a, const nn::Model<DeepMlp>& b) {
  return global_norm(
      linseed::tree::map([](const Tensor& x, const Tensor& y) { return x - y; }, a, b));
}

struct Look {
  Tensor low, high, smoothness;
  static constexpr auto tree = linseed::fields<&Look::low, &Look::high, &Look::smoothness>;
};

/// The next step, and what is seen from here.
std::pair<DeepModel, Look> look_and_step(const DeepModel& deep, const LabelledImages& batch) {
  const DeepGradient here = gradient_of(deep, batch);
  Look look{here.loss, here.loss, Tensor(0.f)};
  for (const float eta : {kRate / 2, kRate, kRate * 2, kRate * 4}) {
    const DeepGradient there = gradient_of(descend(deep, here, eta), batch);
    look.low = minimum(look.low, there.loss);
    look.high = maximum(look.high, there.loss);
    const Tensor moved = eta * global_norm(here.gradient);
    look.smoothness = maximum(look.smoothness, distance(there.gradient, here.gradient) / moved);
  }
  return {descend(deep, here, kRate), look};
}

}  // namespace

Numbers deviations(const std::vector<Tensor>& tensors) {
  Numbers result;
  for (const Tensor& x : tensors) result.push_back(linseed::std(x).item<double>());
  return result;
}

Chart histograms(const std::string& title, const std::vector<Tensor>& tensors) {
  Chart chart{.title = title, .x_name = "value"};
  for (int i = -10; i <= 10; ++i) chart.x.push_back(i / 5.);
  for (const std::size_t i : {std::size_t{0}, (tensors.size() - 1) / 2, tensors.size() - 1}) {
    Series series{fmt::format("layer {}", i + 1), {}};
    for (const double middle : chart.x) {
      series.values.push_back(mean(abs(tensors[i] - middle) < 0.1f).item<double>());
    }
    chart.series.push_back(series);
  }
  return chart;
}

Numbers kernel_gradients(const DeepModel& deep, const LabelledImages& batch) {
  const DeepGradient result = gradient_of(deep, batch);
  Numbers norms;
  for (int layer = 1; layer <= DeepMlp::kLayers; ++layer) {
    const Tensor kernel = result.gradient.params[fmt::format("dense_{}", layer)]["kernel"];
    norms.push_back(linseed::norm(kernel).item<double>());
  }
  return norms;
}

Descent descent(DeepModel deep, const LabelledImages& examples, int steps) {
  const auto step = linseed::jit(look_and_step);
  Descent result;
  const data::Batches batches(examples, 100, linseed::random::key(1));
  for (const auto& batch : batches.rest_of_epoch({})) {
    Look look;
    std::tie(deep, look) = step(deep, batch);
    result.low.push_back(look.low.item<double>());
    result.high.push_back(look.high.item<double>());
    result.smoothness.push_back(look.smoothness.item<double>());
    if (--steps == 0) break;
  }
  return result;
}

double widest(const Descent& descent) {
  double result = 0;
  for (std::size_t i = 0; i < descent.low.size(); ++i) {
    result = std::max(result, descent.high[i] - descent.low[i]);
  }
  return result;
}

Lag lag_of_averages(const data::ImageClassification& task, int steps) {
  const auto step = linseed::jit([](const DeepModel& deep, const LabelledImages& batch) {
    return descend(deep, gradient_of(deep, batch), kRate);
  });
  Lag lag{.trained = make_deep_model({.momentum = 0.9f})};
  DeepModel slow = make_deep_model({.momentum = 0.99f});  // but for its averages the same
  const LabelledImages judges = *data::in_order(task.test, 1000).begin();
  const data::Batches batches(task.train, 100, linseed::random::key(2));
  int done = 0;
  for (const auto& batch : batches.rest_of_epoch({})) {
    lag.trained = step(lag.trained, batch);
    slow = step(slow, batch);
    if (++done % (steps / 10) == 0) {
      lag.steps.push_back(done);
      lag.by_batch.push_back(accuracy(lag.trained, judges, true));
      lag.by_quick.push_back(accuracy(lag.trained, judges, false));
      lag.by_slow.push_back(accuracy(slow, judges, false));
    }
    if (done == steps) break;
  }
  return lag;
}

double accuracy(const DeepModel& deep, const LabelledImages& examples, bool train) {
  const auto model = deep.model.partial(&DeepMlp::train, train);
  const Tensor logits = nn::stateful(deep.stats, [&] { return model(examples.images); }).first;
  return nn::accuracy(logits, examples.labels).item<double>();
}

double accuracy_in_batches(const DeepModel& deep, const LabelledImages& examples,
                           std::int64_t size) {
  double right = 0;
  for (const auto& batch : data::in_order(examples, size)) {
    right += accuracy(deep, batch, true) * static_cast<double>(batch.labels.size());
  }
  return right / static_cast<double>(examples.labels.size());
}

double distance_of_replicas(const DeepModel& deep, const LabelledImages& batch, int replicas,
                            const std::string& axis_name) {
  const auto gradient = linseed::pmap(
      [](const DeepModel& replica, const LabelledImages& shard) {
        return linseed::pmean(gradient_of(replica, shard).gradient, "batch");
      },
      {.axis_name = "batch"});
  const DeepModel named{deep.model.partial(&DeepMlp::axis_name, axis_name), deep.stats};
  const auto of_shards = linseed::unreplicate(
      gradient(linseed::replicate(named, replicas), linseed::shard(batch, replicas)));
  const DeepGradient whole = gradient_of(deep, batch);
  return (distance(of_shards, whole.gradient) / global_norm(whole.gradient)).item<double>();
}

}  // namespace example
