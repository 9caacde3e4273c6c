// What the cases that train have in common: a network, SGD with momentum, a step.
#pragma once

#include <tuple>

#include <linseed/linseed.h>

#include "networks.h"

namespace bench {

constexpr float kBeta = 0.9f;  // of momentum

using Optimizer = linseed::optim::Optimizer<linseed::optim::Momentum, linseed::nn::Model<Network>>;

/// All that a step changes.
struct TrainState {
  Optimizer optimizer;
  linseed::nn::Collection stats;
};

/// Of a network for images [n, size, size, channels].
TrainState initial_state(const Architecture& architecture, int size, int channels,
                         float learning_rate);

/// Forward, mean cross-entropy, gradients, update: (optimizer, running averages, loss).
std::tuple<Optimizer, linseed::nn::Collection, linseed::Tensor> train_step(
    const Optimizer& optimizer, const linseed::nn::Collection& stats, const linseed::Tensor& images,
    const linseed::Tensor& labels);

}  // namespace bench
