#include <linseed/framework/data/crop.h>

#include <algorithm>

#include <linseed/framework/core/error.h>

namespace linseed::data {
namespace {

void check_part(const ImageShape& part, const ImageShape& whole, std::int64_t padding) {
  if (part.height >= 1 && part.width >= 1 && part.height <= whole.height + 2 * padding &&
      part.width <= whole.width + 2 * padding) {
    return;
  }
  throw InvalidArgument("crop: no part of {} x {} in an image of {} x {} with {} pixels of padding",
                        part.height, part.width, whole.height, whole.width, padding);
}

/// The part whose first pixel is (top, left) of `image`, which is `fill` all around.
void cut(Image& image, std::int64_t top, std::int64_t left, const ImageShape& part, float fill) {
  Image result{part, std::vector<float>(static_cast<std::size_t>(part.size()), fill)};
  const auto [height, width, channels] = image.shape;
  const std::int64_t first = std::max<std::int64_t>(left, 0);
  const std::int64_t last = std::min(left + part.width, width);
  for (std::int64_t y = 0; y < part.height; ++y) {
    if (top + y < 0 || top + y >= height || first >= last) continue;
    std::copy_n(image.at(top + y, first), (last - first) * channels, result.at(y, first - left));
  }
  image = std::move(result);
}

}  // namespace

void RandomCrop::operator()(Image& image, SampleRandom& random) const {
  if (padding < 0) throw InvalidArgument("crop: {} pixels of padding", padding);
  const ImageShape& whole = image.shape;
  const ImageShape part{height == 0 ? whole.height : height, width == 0 ? whole.width : width,
                        whole.channels};
  check_part(part, whole, padding);
  const std::int64_t top = random.below(whole.height + 2 * padding - part.height + 1) - padding;
  const std::int64_t left = random.below(whole.width + 2 * padding - part.width + 1) - padding;
  cut(image, top, left, part, fill);
}

void CenterCrop::operator()(Image& image, SampleRandom&) const {
  const ImageShape& whole = image.shape;
  const ImageShape part{height, width, whole.channels};
  check_part(part, whole, 0);
  cut(image, (whole.height - height) / 2, (whole.width - width) / 2, part, 0);
}

}  // namespace linseed::data
