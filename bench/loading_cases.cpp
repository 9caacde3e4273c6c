// L1: what loading costs a training. Steps of M1 at batch 128 on Fashion-MNIST, whose images are
//   ready       as tensors, made before
//   loaded      from a data::Loader, shuffled and copied together
//   augmented   the same, padded, cropped and mirrored at random, and normalised
// Compared among themselves: there is no peer.
#include <linseed/linseed.h>

#include "case.h"
#include "training.h"

namespace bench {
namespace {

namespace data = linseed::data;
using linseed::Tensor;

constexpr int kBatch = 128;
constexpr float kRate = 0.01F;

/// Steps on one batch after another of `next`.
class Stepping final : public Work {
 public:
  explicit Stepping(std::function<data::LabelledImages()> next)
      : state_(initial_state({.architecture = m1_net()}, 28, 1, kRate)), next_(std::move(next)) {}

  void step() override {
    const auto [images, labels] = next_();
    std::tie(state_.optimizer, state_.stats, std::ignore) =
        step_(std::move(state_.optimizer), std::move(state_.stats), images, labels);
  }

 private:
  TrainState state_;
  std::function<data::LabelledImages()> next_;
  linseed::Jitted<decltype(&train_step)> step_ = linseed::jit(&train_step);
};

Tensor key() { return linseed::random::key(1); }

std::unique_ptr<Work> ready() {
  std::vector<data::LabelledImages> batches;
  for (const auto& batch : data::in_order(data::fashion_mnist().test, kBatch)) {
    if (batch.labels.dim(0) == kBatch) batches.push_back(batch);
  }
  return std::make_unique<Stepping>(
      [batches, i = std::size_t{0}]() mutable { return batches[i++ % batches.size()]; });
}

std::unique_ptr<Work> from_loader(bool augment) {
  const auto images = data::in_memory(data::fashion_mnist().train);
  data::LoaderOptions options;
  if (augment) {
    options.transforms = {data::RandomCrop{.padding = 4}, data::RandomFlip{},
                          data::Normalize(data::channel_statistics(images))};
  }
  auto loader = std::make_shared<data::Loader>(images, kBatch, key(), options);
  return std::make_unique<Stepping>([loader, position = data::Position()]() mutable {
    data::LabelledImages batch = loader->batch(position);
    position = loader->next(position);
    return batch;
  });
}

}  // namespace

std::vector<Case> loading_cases() {
  const nlohmann::json spec{{"kind", "loading"}, {"peers", false}};
  return {
      {.name = "L1/ready", .spec = spec, .prepare = ready},
      {.name = "L1/loaded", .spec = spec, .prepare = [] { return from_loader(false); }},
      {.name = "L1/augmented", .spec = spec, .prepare = [] { return from_loader(true); }},
  };
}

}  // namespace bench
