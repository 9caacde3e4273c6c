// The part of a training state that a trained network is used with.
#pragma once

#include <linseed/framework/data/normalize.h>
#include <linseed/framework/module/collection.h>

namespace example {

/// What has been trained, without what only the training itself needs; named as in its state, so
/// that functions of it (linseed::export_function) find their tensors in checkpoints of that state.
template <class Optimizer>
struct Trained {
  Optimizer optimizer;
  linseed::nn::Collection stats;            // BatchNorm's running averages
  linseed::data::ChannelStatistics pixels;  // of the training images
  static constexpr auto tree =
      linseed::fields<&Trained::optimizer, &Trained::stats, &Trained::pixels>;
};

}  // namespace example
