#include <linseed/framework/data/colour.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <linseed/framework/core/error.h>

namespace linseed::data {

void RandomBrightness::operator()(Image& image, SampleRandom& random) const {
  if (!(most >= 0) || std::isinf(most)) {
    throw InvalidArgument("brightness: a change of at most {}", most);
  }
  const float change = random.uniform(-most, most);
  for (float& x : image.pixels) x = std::clamp(x + change, 0.f, 1.f);
}

void RandomContrast::operator()(Image& image, SampleRandom& random) const {
  if (!(low >= 0 && low <= high) || std::isinf(high)) {
    throw InvalidArgument("contrast: factors from {} to {}; expected 0 <= low <= high", low, high);
  }
  const float factor = random.uniform(low, high);
  const double sum = std::accumulate(image.pixels.begin(), image.pixels.end(), 0.);
  const auto mean = static_cast<float>(sum / static_cast<double>(image.pixels.size()));
  for (float& x : image.pixels) x = std::clamp(mean + factor * (x - mean), 0.f, 1.f);
}

}  // namespace linseed::data
