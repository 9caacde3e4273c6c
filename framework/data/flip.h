// Mirror images.
#pragma once

#include <linseed/framework/data/image.h>
#include <linseed/framework/data/sample_random.h>

namespace linseed::data {

/// Exchanges left and right with that probability; with `vertical`, top and bottom.
struct RandomFlip {
  float probability = 0.5f;
  bool vertical = false;

  /// InvalidArgument unless the probability is in [0, 1].
  void operator()(Image& image, SampleRandom& random) const;
};

}  // namespace linseed::data
