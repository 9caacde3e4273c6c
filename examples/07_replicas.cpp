// Replicas: one batch on eight shards, with statistics of all (axis_name) or of each shard alone.
//
//   sh examples/run.sh 07_replicas             300 steps of 64 images of Fashion-MNIST
//   sh examples/run.sh 07_replicas --short     30 steps
// Last line to expect: eight replicas with axis_name equal one: true, without: false
#include <linseed/linseed.h>

#include "support/options.h"

namespace nn = linseed::nn;
namespace data = linseed::data;
namespace optim = linseed::optim;
using linseed::Tensor;

struct Cnn : nn::Module<Cnn> {
  std::string axis_name = {};  // of replicas whose batches are normalised together
  bool train = true;

  Tensor apply(Tensor x) const {
    for (const int width : {16, 32}) {
      x = nn::Conv{.features = width, .kernel_size = {3, 3}, .strides = {2, 2}, .bias = false}(x);
      x = nn::relu(nn::BatchNorm{
          .use_running_average = !train, .momentum = 0.9f, .axis_name = axis_name}(x));
    }
    return nn::Dense{.features = 10}(linseed::reshape(x, {x.dim(0), -1}));
  }
};

/// Everything a replica keeps. Gradients are averaged over replicas, so their models stay alike.
struct State {
  optim::Optimizer<optim::Momentum, nn::Model<Cnn>> optimizer;
  nn::Collection stats;
  static constexpr auto tree = linseed::fields<&State::optimizer, &State::stats>;
};

/// One step of one replica, on its shard of the batch.
State train_step(const State& state, const data::LabelledImages& shard) {
  const auto loss_of = [&](const nn::Model<Cnn>& model) {
    auto [logits, stats] = nn::stateful(state.stats, [&] { return model(shard.images); });
    return std::pair(nn::softmax_cross_entropy(logits, shard.labels), stats);
  };
  auto [loss, stats, gradient] =
      linseed::value_and_grad(loss_of, linseed::has_aux)(state.optimizer.target);
  return {state.optimizer.apply_gradient(linseed::pmean(gradient, "batch")), stats};
}

struct Result {
  Tensor first;  // all parameters after one step, in a row
  float accuracy;
};

Tensor in_a_row(const linseed::Tree& params) {
  std::vector<Tensor> rows;
  for (const Tensor& p : linseed::tree::leaves(params)) rows.push_back(linseed::reshape(p, {-1}));
  return linseed::concatenate(rows, 0);
}

Result run(const data::ImageClassification& task, const Cnn& cnn, int replicas, std::size_t steps) {
  const Tensor key = linseed::random::key(0);
  // Initialisation needs no replicas, whatever axis the layers name.
  const auto create = [&] { return cnn.create_by_shape(key, {{{64, 28, 28, 1}}}); };
  auto [created, stats] = nn::stateful(create);
  State state = linseed::replicate(
      State{optim::Momentum{.learning_rate = 0.05f}.create(created.model), stats}, replicas);
  const auto step = linseed::pmap(train_step, {.axis_name = "batch"});

  Tensor first;
  std::size_t done = 0;
  const data::Batches batches(task.train, 64, linseed::random::fold_in(key, 1));
  for (const auto& batch : batches.rest_of_epoch({})) {
    state = step(std::move(state), linseed::shard(batch, replicas));
    if (done == 0) first = in_a_row(linseed::unreplicate(state.optimizer.target.params));
    if (++done == steps) break;
  }
  // Without axis_name each replica has averages of its own, which must be combined first.
  const auto model = linseed::unreplicate(state.optimizer.target).partial(&Cnn::train, false);
  const nn::Collection averages = linseed::unreplicate(nn::sync_batch_stats(state.stats));
  const Tensor logits = nn::stateful(averages, nn::frozen, [&] { return model(task.test.images); });
  return {first, mean(equal(argmax(logits, -1), task.test.labels)).item<float>()};
}

int body(int argc, char** argv) {
  const std::size_t steps = example::parse_short(argc, argv) ? 30 : 300;
  const auto task = data::fashion_mnist();
  const Result one = run(task, {}, 1, steps);
  fmt::print("one replica of 64: test accuracy {:.4f}\n", one.accuracy);
  const auto equals_one = [&](std::string_view name, const Cnn& cnn) {
    const Result eight = run(task, cnn, 8, steps);
    const Tensor distance = max(abs(eight.first - one.first)) / max(abs(one.first));
    fmt::print("8 of 8, {} axis_name: test accuracy {:.4f}, parameters after a step {:.1e} off\n",
               name, eight.accuracy, distance.item<float>());
    return distance.item<float>() < 1e-5f;  // float32 rounding
  };
  const bool together = equals_one("with", {.axis_name = "batch"});
  const bool alone = equals_one("without", {});
  fmt::print("eight replicas with axis_name equal one: {}, without: {}\n", together, alone);
  return 0;
}

int main(int argc, char** argv) { return example::run_example(body, argc, argv); }
