// Images with a hole.
#pragma once

#include <linseed/framework/data/image.h>
#include <linseed/framework/data/sample_random.h>

namespace linseed::data {

/// Cutout (DeVries and Taylor, arXiv:1708.04552): sets a square of `side` pixels to `fill`. Its
/// middle is any pixel of the image with the same probability, so it may lie partly outside.
struct Cutout {
  std::int64_t side = 8;
  float fill = 0;
  float probability = 1;

  /// InvalidArgument if `side` is less than 1, or the probability not in [0, 1].
  void operator()(Image& image, SampleRandom& random) const;
};

}  // namespace linseed::data
