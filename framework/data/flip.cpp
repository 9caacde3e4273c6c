#include <linseed/framework/data/flip.h>

#include <algorithm>

#include <linseed/framework/core/error.h>

namespace linseed::data {
namespace {

void exchange(Image& image, std::int64_t y, std::int64_t x, std::int64_t other_y,
              std::int64_t other_x, std::int64_t pixels) {
  std::swap_ranges(image.at(y, x), image.at(y, x) + pixels * image.shape.channels,
                   image.at(other_y, other_x));
}

}  // namespace

void RandomFlip::operator()(Image& image, SampleRandom& random) const {
  if (!(probability >= 0 && probability <= 1)) {
    throw InvalidArgument("flip: a probability is in [0, 1], got {}", probability);
  }
  if (!random.chance(probability)) return;
  const auto [height, width, channels] = image.shape;
  if (vertical) {
    for (std::int64_t y = 0; y < height / 2; ++y) exchange(image, y, 0, height - 1 - y, 0, width);
    return;
  }
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width / 2; ++x) exchange(image, y, x, y, width - 1 - x, 1);
  }
}

}  // namespace linseed::data
