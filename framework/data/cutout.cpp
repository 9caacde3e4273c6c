#include <linseed/framework/data/cutout.h>

#include <algorithm>

#include <linseed/framework/core/error.h>

namespace linseed::data {

void Cutout::operator()(Image& image, SampleRandom& random) const {
  if (side < 1 || !(probability >= 0 && probability <= 1)) {
    throw InvalidArgument("cutout: a square of {} pixels with probability {}", side, probability);
  }
  if (!random.chance(probability)) return;
  const auto [height, width, channels] = image.shape;
  const std::int64_t top = random.below(height) - side / 2, left = random.below(width) - side / 2;
  const std::int64_t first = std::max<std::int64_t>(left, 0), last = std::min(left + side, width);
  for (std::int64_t y = std::max<std::int64_t>(top, 0); y < std::min(top + side, height); ++y) {
    std::fill_n(image.at(y, first), (last - first) * channels, fill);
  }
}

}  // namespace linseed::data
