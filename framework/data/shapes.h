// A made-up set: shapes and textures in colour.
#pragma once

#include <linseed/framework/data/dataset.h>

namespace linseed::data {

struct ShapesOptions {
  std::int64_t size = 1000;  // number of images
  std::int64_t side = 32;    // of an image, in pixels
  float noise = 0.05f;       // the most that is added to a value, or taken from it
};

/// Images [side, side, 3] of eight classes, to learn from where no files are at hand: disc, square,
/// triangle, cross and ring, of any size, place and angle, and the textures stripes, checks and
/// dots, of any width and angle. Both colours are random, and far enough apart to be seen.
///
/// Image i is of class i mod 8 and drawn when it is asked for, from `key` and i alone: nothing of
/// the set is kept in memory, and two keys give two sets. InvalidArgument if `size` is negative,
/// `side` less than 8 or `noise` not in [0, 1].
Dataset shapes(const Tensor& key, const ShapesOptions& options = {});

}  // namespace linseed::data
