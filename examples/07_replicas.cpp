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
    for (const int features : {16, 32}) {
      x = nn::Conv{
          .features = features, .kernel_size = {3, 3}, .strides = {2, 2}, .bias = false}(x);
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
std::pair<State, Tensor> train_step(const State& state, const Tensor& images,
                                    const Tensor& labels) {
  const auto loss_of = [&](const nn::Model<Cnn>& model) {
    auto [logits, stats] = nn::stateful(state.stats, [&] { return model(images); });
    return std::pair(nn::softmax_cross_entropy(logits, labels), stats);
  };
  auto [loss, stats, gradient] =
      linseed::value_and_grad(loss_of, linseed::has_aux)(state.optimizer.target);
  gradient = linseed::pmean(gradient, "batch");
  return {State{state.optimizer.apply_gradient(gradient), stats}, linseed::pmean(loss, "batch")};
}

struct Result {
  linseed::Tree first;  // parameters after one step
  double accuracy;
};

Result run(const data::ImageClassification& task, const Cnn& cnn, int replicas, std::size_t steps) {
  const Tensor key = linseed::random::key(0);
  // Initialisation needs no replicas, whatever axis the layers name.
  auto [created, stats] = nn::stateful([&] {
    return cnn.create_by_shape(key, {{{64, 28, 28, 1}}});
  });
  State state = linseed::replicate(
      State{optim::Momentum{.learning_rate = 0.05f}.create(created.model), stats}, replicas);
  const auto step = linseed::pmap(train_step, {.axis_name = "batch"});

  Result result;
  std::size_t done = 0;
  const data::Batches batches(task.train, 64, linseed::random::fold_in(key, 1));
  for (const auto& batch : batches.rest_of_epoch({})) {
    Tensor loss;
    std::tie(state, loss) = step(std::move(state), linseed::shard(batch.images, replicas),
                                 linseed::shard(batch.labels, replicas));
    if (done == 0) result.first = linseed::unreplicate(state.optimizer.target.params);
    if (++done == steps) break;
  }
  // Without axis_name each replica has averages of its own, which must be combined first.
  const auto model = linseed::unreplicate(state.optimizer.target).partial(&Cnn::train, false);
  const nn::Collection averages = linseed::unreplicate(nn::sync_batch_stats(state.stats));
  const Tensor logits = nn::stateful(averages, nn::frozen, [&] { return model(task.test.images); });
  result.accuracy = mean(equal(argmax(logits, -1), task.test.labels)).item<float>();
  return result;
}

/// max |a − b| / max |b| over all parameters.
float distance(const linseed::Tree& a, const linseed::Tree& b) {
  Tensor difference(0.f), largest(0.f);
  const auto theirs = linseed::tree::leaves(b);
  std::size_t next = 0;
  for (const Tensor& mine : linseed::tree::leaves(a)) {
    difference = maximum(difference, max(abs(mine - theirs[next])));
    largest = maximum(largest, max(abs(theirs[next++])));
  }
  return (difference / largest).item<float>();
}

int body(int argc, char** argv) {
  const std::size_t steps = example::parse_short(argc, argv) ? 30 : 300;
  const auto task = data::fashion_mnist();
  const Result one = run(task, {}, 1, steps);
  const Result together = run(task, {.axis_name = "batch"}, 8, steps);
  const Result alone = run(task, {}, 8, steps);
  const float to_together = distance(together.first, one.first);
  const float to_alone = distance(alone.first, one.first);
  fmt::print(
      "                         test accuracy   parameters after a step against one replica\n");
  fmt::print("one replica of 64        {:.4f}\n", one.accuracy);
  fmt::print("8 of 8, with axis_name   {:.4f}          {:.1e}\n", together.accuracy, to_together);
  fmt::print("8 of 8, without          {:.4f}          {:.1e}\n", alone.accuracy, to_alone);
  const auto equal_one = [](float difference) { return difference < 1e-5f; };  // float32 rounding
  fmt::print("eight replicas with axis_name equal one: {}, without: {}\n", equal_one(to_together),
             equal_one(to_alone));
  return 0;
}

int main(int argc, char** argv) { return example::run_example(body, argc, argv); }
