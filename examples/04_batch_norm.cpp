// BatchNorm: the same deep network learns with and without it; its two modes.
//
//   sh examples/run.sh 04_batch_norm             120 steps on Fashion-MNIST
//   sh examples/run.sh 04_batch_norm --short     40 steps
// Last line to expect: loss below 1.5 with BatchNorm: true, without: false
#include <linseed/linseed.h>

#include "support/curves.h"
#include "support/options.h"

namespace nn = linseed::nn;
namespace data = linseed::data;
using linseed::Tensor;

/// So deep that what the images say fades on its way through the layers: each relu drops a half.
/// BatchNorm gives all features of each layer mean 0 and variance 1 again.
struct Mlp : nn::Module<Mlp> {
  bool batch_norm = true;
  bool train = true;

  Tensor apply(Tensor x) const {
    x = linseed::reshape(x, {x.dim(0), -1});
    for (int layer = 0; layer < 16; ++layer) {
      x = nn::Dense{.features = 64, .bias = !batch_norm}(x);  // BatchNorm has a bias of its own
      if (batch_norm) x = nn::BatchNorm{.use_running_average = !train, .momentum = 0.9f}(x);
      x = nn::relu(x);
    }
    return nn::Dense{.features = 10}(x);
  }
};

struct Trained {
  nn::Model<Mlp> model;
  nn::Collection stats;  // the running averages; empty without BatchNorm
  example::Curve losses;
};

Trained train(const Mlp& mlp, const data::LabelledImages& examples, std::size_t steps) {
  const Tensor key = linseed::random::key(0);
  auto [created, stats] = nn::stateful([&] {
    return mlp.create_by_shape(key, {{{100, 28, 28, 1}}});
  });
  auto optimizer = linseed::optim::Momentum{.learning_rate = 0.05f}.create(created.model);
  const auto step = linseed::jit([](auto opt, nn::Collection averages, Tensor x, Tensor labels) {
    const auto loss_of = [&](const nn::Model<Mlp>& model) {  // averages in, new averages out
      auto [logits, updated] = nn::stateful(averages, [&] { return model(x); });
      return std::pair(nn::softmax_cross_entropy(logits, labels), updated);
    };
    auto [loss, updated, gradient] = linseed::value_and_grad(loss_of, linseed::has_aux)(opt.target);
    return std::tuple(opt.apply_gradient(gradient), updated, loss);
  });

  const data::Batches batches(examples, 100, linseed::random::fold_in(key, 1));
  example::Curve losses{mlp.batch_norm ? "loss with BatchNorm" : "loss without", {}};
  for (const auto& batch : batches.rest_of_epoch({})) {
    Tensor loss;
    std::tie(optimizer, stats, loss) =
        step(std::move(optimizer), std::move(stats), batch.images, batch.labels);
    losses.values.push_back(loss.item<float>());
    if (losses.values.size() == steps) break;
  }
  return {optimizer.target, stats, losses};
}

/// In training a batch is normalised by its own statistics, so what an image is taken for depends
/// on its company. Meanwhile running averages are gathered, and by these alone, with
/// `use_running_average`, an image is judged later.
void compare_modes(const Trained& run, const data::LabelledImages& test) {
  for (const bool mode : {true, false}) {
    const auto model = run.model.partial(&Mlp::train, mode);
    const auto first_logit = [&](std::int64_t company) {
      const Tensor images = linseed::slice(test.images, {0, 0, 0, 0}, {company, 28, 28, 1});
      // stateful returns (result, new averages); the latter are not wanted here.
      return nn::stateful(run.stats, [&] { return model(images); }).first.data<float>()[0];
    };
    fmt::print("an image's first logit with train = {}: among 2 {:.2f}, 10 {:.2f}, 100 {:.2f}\n",
               mode, first_logit(2), first_logit(10), first_logit(100));
  }
  const auto model = run.model.partial(&Mlp::train, false);
  const Tensor logits = nn::stateful(run.stats, nn::frozen, [&] { return model(test.images); });
  const Tensor right = equal(argmax(logits, -1), test.labels);
  fmt::print("test accuracy by running averages {:.2f}\n", mean(right).item<float>());
}

int body(int argc, char** argv) {
  const std::size_t steps = example::parse_short(argc, argv) ? 40 : 120;
  const auto task = data::fashion_mnist();
  const Trained with = train({.batch_norm = true}, task.train, steps);
  const Trained without = train({.batch_norm = false}, task.train, steps);
  fmt::print("{}\n", example::draw_curves({with.losses, without.losses}));
  compare_modes(with, task.test);
  const auto below = [=](const Trained& run) {  // on average over the last tenth
    return example::mean_of(run.losses, steps - steps / 10, steps / 10) < 1.5f;
  };
  fmt::print("loss below 1.5 with BatchNorm: {}, without: {}\n", below(with), below(without));
  return 0;
}

int main(int argc, char** argv) { return example::run_example(body, argc, argv); }
