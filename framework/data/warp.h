// Images turned and scaled about their centre.
#pragma once

#include <linseed/framework/data/image.h>
#include <linseed/framework/data/sample_random.h>

namespace linseed::data {

/// Turns an image by an angle uniform in [−degrees, degrees], counter-clockwise as one looks at it.
/// The image keeps its size: corners leave it, and what comes into it is `fill`. Pixels are mixed
/// from the four nearest ones (bilinear).
struct RandomRotation {
  float degrees = 10;
  float fill = 0;

  /// InvalidArgument if `degrees` is negative or not finite.
  void operator()(Image& image, SampleRandom& random) const;
};

/// Enlarges what an image shows by a factor between `low` and `high`, as likely by 2 as by ½
/// (uniform in the logarithm). The image keeps its size; pixels as in RandomRotation.
struct RandomScale {
  float low = 0.9f;
  float high = 1.1f;
  float fill = 0;

  /// InvalidArgument unless 0 < low ≤ high, both finite.
  void operator()(Image& image, SampleRandom& random) const;
};

}  // namespace linseed::data
