// What the cases of whole networks have in common: a network on random images, a training step.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include <linseed/linseed.h>

#include "case.h"
#include "networks.h"

namespace bench {

constexpr float kBeta = 0.9f;  // of momentum

using Optimizer = linseed::optim::Optimizer<linseed::optim::Momentum, linseed::nn::Model<Network>>;

/// All that a step changes.
struct TrainState {
  Optimizer optimizer;
  linseed::nn::Collection stats;
  static constexpr auto tree = linseed::fields<&TrainState::optimizer, &TrainState::stats>;
};

/// Of a network for images [n, size, size, channels].
TrainState initial_state(const Network& network, int size, int channels, float learning_rate);

/// Of the mean cross-entropy.
struct Gradient {
  linseed::Tensor loss;
  linseed::nn::Collection stats;  // the new running averages
  linseed::nn::Model<Network> gradient;
};
Gradient loss_and_gradient(const linseed::nn::Model<Network>& model,
                           const linseed::nn::Collection& stats, const linseed::Tensor& images,
                           const linseed::Tensor& labels);

/// Forward, mean cross-entropy, gradients, update: (optimizer, running averages, loss).
std::tuple<Optimizer, linseed::nn::Collection, linseed::Tensor> train_step(
    const Optimizer& optimizer, const linseed::nn::Collection& stats, const linseed::Tensor& images,
    const linseed::Tensor& labels);

/// With running averages.
linseed::Tensor logits_of(const linseed::nn::Model<Network>& model,
                          const linseed::nn::Collection& stats, const linseed::Tensor& images);

/// A network for images [n, size, size, channels] of ten classes.
struct Task {
  std::string network;  // as peers call it
  Architecture architecture;
  int size, channels;
};
inline Task resnet20_task() { return {"resnet20", resnet(3), 32, 3}; }

struct Batch {
  linseed::Tensor images, labels;
  static constexpr auto tree = linseed::fields<&Batch::images, &Batch::labels>;
};

/// 20 batches of noise with a faint pattern for each class, so that there is something to learn in
/// 20 steps, but the loss stays well above 0.
std::vector<Batch> make_batches(const Task& task, int size);

/// As <directory>/checkpoint_0: "params", and "images" and "labels" of all batches.
void save_task(const std::filesystem::path& directory, const linseed::Tree& params,
               const std::vector<Batch>& batches);

/// So small that a ReLU that rounding switches moves no loss by what their check allows
/// (README.md).
constexpr float kLearningRate = 5e-5f;

/// Training steps of `batch` images each, and the FLOPs of one.
std::unique_ptr<Work> make_training(const Task& task, int batch);
double flops_of_training(const Task& task, int batch);

}  // namespace bench
