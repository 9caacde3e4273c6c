#include <linseed/framework/data/warp.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <linseed/framework/core/error.h>

namespace linseed::data {
namespace {

/// Where the pixel at (y, x) from the centre comes from: (a x + b y, −b x + a y) from the centre.
struct Turn {
  double a = 1;
  double b = 0;
};

/// Adds `weight` times the pixel at (y, x), or `fill` outside of the image.
void add_pixel(const Image& image, std::int64_t y, std::int64_t x, float weight, float fill,
               float* to) {
  if (weight == 0) return;
  const auto [height, width, channels] = image.shape;
  const bool is_inside = y >= 0 && y < height && x >= 0 && x < width;
  const float* from = is_inside ? image.at(y, x) : nullptr;
  for (std::int64_t c = 0; c < channels; ++c) to[c] += weight * (is_inside ? from[c] : fill);
}

void add_mixed(const Image& image, double y, double x, float fill, float* to) {
  // Further out there is nothing but fill either, and no integer that large.
  y = std::clamp(y, -2., static_cast<double>(image.shape.height) + 1);
  x = std::clamp(x, -2., static_cast<double>(image.shape.width) + 1);
  const double floor_y = std::floor(y), floor_x = std::floor(x);
  const auto top = static_cast<std::int64_t>(floor_y), left = static_cast<std::int64_t>(floor_x);
  const auto down = static_cast<float>(y - floor_y), right = static_cast<float>(x - floor_x);
  add_pixel(image, top, left, (1 - down) * (1 - right), fill, to);
  add_pixel(image, top, left + 1, (1 - down) * right, fill, to);
  add_pixel(image, top + 1, left, down * (1 - right), fill, to);
  add_pixel(image, top + 1, left + 1, down * right, fill, to);
}

void warp(Image& image, const Turn& turn, float fill) {
  Image result{image.shape, std::vector<float>(image.pixels.size())};
  const auto [height, width, channels] = image.shape;
  const double middle_y = static_cast<double>(height - 1) / 2;
  const double middle_x = static_cast<double>(width - 1) / 2;
  for (std::int64_t row = 0; row < height; ++row) {
    const double y = static_cast<double>(row) - middle_y;
    for (std::int64_t column = 0; column < width; ++column) {
      const double x = static_cast<double>(column) - middle_x;
      add_mixed(image, middle_y - turn.b * x + turn.a * y, middle_x + turn.a * x + turn.b * y, fill,
                result.at(row, column));
    }
  }
  image = std::move(result);
}

}  // namespace

void RandomRotation::operator()(Image& image, SampleRandom& random) const {
  if (!(degrees >= 0) || std::isinf(degrees)) {
    throw InvalidArgument("rotation: an angle of at most {} degrees", degrees);
  }
  const double angle = double{random.uniform(-degrees, degrees)} * std::numbers::pi / 180;
  // Rows count downwards, so this turns against the clock: what is shown right of the centre comes
  // from below it by a turn of 90 degrees.
  warp(image, {std::cos(angle), -std::sin(angle)}, fill);
}

void RandomScale::operator()(Image& image, SampleRandom& random) const {
  if (!(low > 0 && low <= high) || std::isinf(high)) {
    throw InvalidArgument("scale: factors from {} to {}; expected 0 < low <= high", low, high);
  }
  const double factor = std::exp(double{random.uniform(std::log(low), std::log(high))});
  warp(image, {1 / factor, 0}, fill);
}

}  // namespace linseed::data
