// A part of an image that has been given a border.
#pragma once

#include <linseed/framework/data/image.h>
#include <linseed/framework/data/sample_random.h>

namespace linseed::data {

/// Puts `padding` pixels of value `fill` on each side and cuts out a part of `height` × `width` at
/// a random place; 0 means the size that the image had. (He et al., arXiv:1512.03385, train
/// CIFAR-10 with 4 pixels of padding.)
struct RandomCrop {
  std::int64_t padding = 4;
  std::int64_t height = 0;
  std::int64_t width = 0;
  float fill = 0;

  /// InvalidArgument if a number is negative, or the part larger than the padded image.
  void operator()(Image& image, SampleRandom& random) const;
};

/// The middle `height` × `width` of an image, for evaluation by what RandomCrop has trained.
struct CenterCrop {
  std::int64_t height = 0;
  std::int64_t width = 0;

  /// InvalidArgument if the part is empty, or larger than the image.
  void operator()(Image& image, SampleRandom& random) const;
};

}  // namespace linseed::data
