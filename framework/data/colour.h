// Lighter and darker images, of more and of less contrast.
#pragma once

#include <linseed/framework/data/image.h>
#include <linseed/framework/data/sample_random.h>

namespace linseed::data {

/// Adds a number uniform in [−most, most] to all values, and keeps them in [0, 1]. Comes before
/// Normalize, which leaves that range.
struct RandomBrightness {
  float most = 0.2f;

  /// InvalidArgument if `most` is negative or not finite.
  void operator()(Image& image, SampleRandom& random) const;
};

/// Moves all values away from their mean, or towards it, by a factor f between `low` and `high`:
/// mean + f · (x − mean), kept in [0, 1]. The mean is that of all values of the image. Comes before
/// Normalize.
struct RandomContrast {
  float low = 0.8f;
  float high = 1.2f;

  /// InvalidArgument unless 0 ≤ low ≤ high, both finite.
  void operator()(Image& image, SampleRandom& random) const;
};

}  // namespace linseed::data
