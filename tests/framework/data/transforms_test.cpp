// Transforms, each against a computation pixel by pixel.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/colour.h>
#include <linseed/framework/data/crop.h>
#include <linseed/framework/data/cutout.h>
#include <linseed/framework/data/flip.h>
#include <linseed/framework/data/warp.h>

namespace linseed::test {
namespace {

using Catch::Matchers::Contains;
using data::Image;
using data::SampleRandom;

constexpr data::ImageShape kShape{5, 7, 2};

/// An image whose values are all different, in [0, 1).
Image numbered(const data::ImageShape& shape = kShape) {
  Image image{shape, {}};
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    image.pixels.push_back(static_cast<float>(i) / static_cast<float>(shape.size()));
  }
  return image;
}

/// What the transform makes of an image by the random numbers of `seed`.
template <class Transform>
Image changed(const Transform& transform, std::uint32_t seed, Image image = numbered()) {
  SampleRandom random({1, seed});
  transform(image, random);
  return image;
}

/// The pixel, or `outside` where there is none.
float pixel(const Image& image, std::int64_t y, std::int64_t x, std::int64_t c, float outside) {
  const bool is_inside = y >= 0 && y < image.shape.height && x >= 0 && x < image.shape.width;
  return is_inside ? image.at(y, x)[c] : outside;
}

/// The image whose pixels are `f(y, x, channel)`.
template <class F>
Image made(const data::ImageShape& shape, F f) {
  Image image{shape, {}};
  for (std::int64_t y = 0; y < shape.height; ++y) {
    for (std::int64_t x = 0; x < shape.width; ++x) {
      for (std::int64_t c = 0; c < shape.channels; ++c) image.pixels.push_back(f(y, x, c));
    }
  }
  return image;
}

void check_close(const Image& image, const Image& expected) {
  REQUIRE(image.shape == expected.shape);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    // A few roundings of numbers up to 1, and of angles in double.
    CHECK(image.pixels[i] == Approx(expected.pixels[i]).margin(1e-6));
  }
}

}  // namespace

TEST_CASE("a flip mirrors, or does nothing, with its probability") {
  const Image image = numbered();
  const auto mirror = made(kShape, [&](auto y, auto x, auto c) { return image.at(y, 6 - x)[c]; });
  const auto upside = made(kShape, [&](auto y, auto x, auto c) { return image.at(4 - y, x)[c]; });
  int flipped = 0;
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    const Image result = changed(data::RandomFlip{.probability = 0.3f}, seed);
    const bool is_mirror = result.pixels == mirror.pixels;
    CHECK((is_mirror || result.pixels == image.pixels));
    flipped += is_mirror;
  }
  CHECK(flipped == Approx(300).margin(5 * 14.5));  // five standard deviations
  CHECK(changed(data::RandomFlip{1, true}, 0).pixels == upside.pixels);
  CHECK(changed(data::RandomFlip{0}, 0).pixels == image.pixels);
}

TEST_CASE("a crop cuts the padded image at every place alike") {
  const Image image = numbered();
  const data::RandomCrop crop{.padding = 2, .height = 6, .width = 4, .fill = 0.5f};
  // 5 + 4 - 6 + 1 = 4 places for the top, 7 + 4 - 4 + 1 = 8 for the left.
  std::vector<int> times(32);
  for (std::uint32_t seed = 0; seed < 3200; ++seed) {
    const Image result = changed(crop, seed);
    REQUIRE(result.shape == data::ImageShape{6, 4, 2});
    int found = 0;
    for (std::int64_t place = 0; place < 32; ++place) {
      const std::int64_t top = place / 8 - 2, left = place % 8 - 2;
      const Image expected = made(result.shape, [&](auto y, auto x, auto c) {
        return pixel(image, top + y, left + x, c, 0.5f);
      });
      if (expected.pixels != result.pixels) continue;
      ++found;
      ++times[static_cast<std::size_t>(place)];
    }
    REQUIRE(found == 1);
  }
  for (const int count : times) CHECK(count == Approx(100).margin(5 * 9.9));
}

TEST_CASE("a crop keeps the size unless told, and cannot be larger than the image") {
  CHECK(changed(data::RandomCrop{}, 0).shape == kShape);
  CHECK(changed(data::RandomCrop{.padding = 0}, 0).pixels == numbered().pixels);
  // Beyond the image on both sides: nothing of it may be read or written wrongly.
  CHECK(changed(data::RandomCrop{.padding = 20, .height = 2, .width = 2}, 3).shape.width == 2);
  CHECK_THROWS_WITH(changed(data::RandomCrop{.padding = 1, .height = 8, .width = 7}, 0),
                    Contains("8 x 7") && Contains("5 x 7"));
  CHECK_THROWS_AS(changed(data::RandomCrop{.padding = -1}, 0), InvalidArgument);
  CHECK_THROWS_AS(changed(data::RandomCrop{.height = -1}, 0), InvalidArgument);
}

TEST_CASE("a centre crop takes the middle") {
  const Image image = numbered();
  const auto expected =
      made({3, 4, 2}, [&](auto y, auto x, auto c) { return image.at(y + 1, x + 1)[c]; });
  CHECK(changed(data::CenterCrop{3, 4}, 0).pixels == expected.pixels);
  CHECK_THROWS_AS(changed(data::CenterCrop{6, 4}, 0), InvalidArgument);
  CHECK_THROWS_AS(changed(data::CenterCrop{}, 0), InvalidArgument);
}

TEST_CASE("a rotation mixes four pixels at the place turned back") {
  const Image image = numbered();
  const data::RandomRotation rotation{.degrees = 30, .fill = 0.25f};
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const double degrees = double{SampleRandom({1, seed}).uniform(-30, 30)};
    const double angle = degrees * std::numbers::pi / 180;
    const auto expected = made(kShape, [&](auto row, auto column, auto c) {
      // Upwards from the centre, as in a textbook; turned back by the angle.
      const double up = 2. - static_cast<double>(row), right = static_cast<double>(column) - 3.;
      const double from_right = std::cos(angle) * right + std::sin(angle) * up;
      const double from_up = std::cos(angle) * up - std::sin(angle) * right;
      const double y = 2. - from_up, x = 3. + from_right;
      double sum = 0;
      for (std::int64_t i = -1; i < 6; ++i) {
        for (std::int64_t k = -1; k < 8; ++k) {
          const double weight = std::max(0., 1 - std::fabs(y - static_cast<double>(i))) *
                                std::max(0., 1 - std::fabs(x - static_cast<double>(k)));
          sum += weight * double{pixel(image, i, k, c, 0.25f)};
        }
      }
      // Places further out than the loop goes have nothing but fill around them.
      const bool is_near = y > -2 && y < 6 && x > -2 && x < 8;
      return is_near && (y >= -1 && y <= 5 && x >= -1 && x <= 7) ? static_cast<float>(sum) : 0.25f;
    });
    check_close(changed(rotation, seed), expected);
  }
}

TEST_CASE("a turn by 90 degrees against the clock brings the right side up") {
  // A rotation draws one number: look for a seed whose angle is as close to the limit as can be.
  std::uint32_t best = 0;
  for (std::uint32_t seed = 0; seed < 20000; ++seed) {
    if (SampleRandom({1, seed}).uniform() > SampleRandom({1, best}).uniform()) best = seed;
  }
  const Image image = numbered({3, 3, 1});
  const Image turned = changed(data::RandomRotation{.degrees = 90}, best, image);
  for (std::int64_t y = 0; y < 3; ++y) {
    for (std::int64_t x = 0; x < 3; ++x) {
      // 2 draws in 20,000 are 0.01 degrees apart.
      CHECK(turned.at(y, x)[0] == Approx(image.at(x, 2 - y)[0]).margin(2e-3));
    }
  }
}

TEST_CASE("a scale shows a part larger, or the whole smaller") {
  const Image image = numbered({9, 9, 1});
  const Image twice = changed(data::RandomScale{.low = 2, .high = 2}, 0, image);
  for (const std::int64_t y : {0, 2, 4, 8}) {
    for (const std::int64_t x : {0, 4, 6}) {
      CHECK(twice.at(y, x)[0] == Approx(image.at(2 + y / 2, 2 + x / 2)[0]));
    }
  }
  CHECK(twice.at(4, 5)[0] == Approx((image.at(4, 4)[0] + image.at(4, 5)[0]) / 2));
  const Image half = changed(data::RandomScale{.low = 0.5f, .high = 0.5f, .fill = 7}, 0, image);
  CHECK(half.at(4, 4)[0] == Approx(image.at(4, 4)[0]));
  CHECK(half.at(3, 5)[0] == Approx(image.at(2, 6)[0]));
  CHECK(half.at(0, 4)[0] == 7);
  check_close(changed(data::RandomScale{.low = 1, .high = 1}, 0), numbered());
  const Image speck = changed(data::RandomScale{.low = 1e-30f, .high = 1e-30f}, 0, image);
  CHECK(speck.at(4, 4)[0] == Approx(image.at(4, 4)[0]));
  CHECK(speck.at(4, 5)[0] == 0);
}

TEST_CASE("scales are as often above 1 as below") {
  // Of two pixels beside a dark centre, the nearer it is shown the larger the scale.
  int larger = 0;
  Image spot{{1, 3, 1}, {0, 1, 0}};
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    larger += changed(data::RandomScale{.low = 0.5f, .high = 2}, seed, spot).pixels[0] > 0;
  }
  CHECK(larger == Approx(500).margin(5 * 15.8));
}

TEST_CASE("brightness adds one number, and values stay between 0 and 1") {
  const Image image = numbered();
  double least = 1, most = -1;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const float change = SampleRandom({1, seed}).uniform(-0.4f, 0.4f);
    least = std::min(least, double{change});
    most = std::max(most, double{change});
    const auto expected = made(kShape, [&](auto y, auto x, auto c) {
      return std::min(std::max(image.at(y, x)[c] + change, 0.f), 1.f);
    });
    CHECK(changed(data::RandomBrightness{0.4f}, seed).pixels == expected.pixels);
  }
  CHECK(least < -0.3);
  CHECK(most > 0.3);
}

TEST_CASE("contrast moves values from their mean, or towards it") {
  const Image image = numbered();
  double mean = 0;
  for (const float x : image.pixels) mean += double{x} / 70;
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    const double factor = double{SampleRandom({1, seed}).uniform(0.5f, 3)};
    check_close(changed(data::RandomContrast{0.5f, 3}, seed),
                made(kShape, [&](auto y, auto x, auto c) {
                  const double moved = mean + factor * (double{image.at(y, x)[c]} - mean);
                  return static_cast<float>(std::clamp(moved, 0., 1.));
                }));
  }
  for (const float x : changed(data::RandomContrast{0, 0}, 0).pixels) {
    CHECK(x == Approx(mean).epsilon(1e-6));
  }
}

TEST_CASE("cutout makes one square hole, whose middle may be any pixel") {
  const Image image = numbered();
  const data::Cutout cutout{.side = 4, .fill = 9};
  std::vector<int> times(35);
  for (std::uint32_t seed = 0; seed < 3500; ++seed) {
    const Image result = changed(cutout, seed);
    int found = 0;
    for (std::int64_t place = 0; place < 35; ++place) {
      const std::int64_t top = place / 7 - 2, left = place % 7 - 2;
      const Image expected = made(kShape, [&](auto y, auto x, auto c) {
        const bool is_hole = y >= top && y < top + 4 && x >= left && x < left + 4;
        return is_hole ? 9.f : image.at(y, x)[c];
      });
      if (expected.pixels != result.pixels) continue;
      ++found;
      ++times[static_cast<std::size_t>(place)];
    }
    REQUIRE(found == 1);
  }
  for (const int count : times) CHECK(count == Approx(100).margin(5 * 9.9));
  CHECK(changed(data::Cutout{.probability = 0}, 0).pixels == image.pixels);
}

TEST_CASE("options that make no sense are refused") {
  CHECK_THROWS_AS(changed(data::RandomFlip{-0.1f}, 0), InvalidArgument);
  CHECK_THROWS_AS(changed(data::RandomFlip{NAN}, 0), InvalidArgument);
  CHECK_THROWS_AS(changed(data::RandomRotation{-1}, 0), InvalidArgument);
  CHECK_THROWS_AS(changed(data::RandomRotation{INFINITY}, 0), InvalidArgument);
  CHECK_THROWS_AS(changed(data::RandomScale{0, 1}, 0), InvalidArgument);
  CHECK_THROWS_AS(changed(data::RandomScale{2, 1}, 0), InvalidArgument);
  CHECK_THROWS_AS(changed(data::RandomBrightness{-1}, 0), InvalidArgument);
  CHECK_THROWS_AS(changed(data::RandomContrast{2, 1}, 0), InvalidArgument);
  CHECK_THROWS_AS(changed(data::Cutout{.side = 0}, 0), InvalidArgument);
  CHECK_THROWS_AS(changed(data::Cutout{.probability = 2}, 0), InvalidArgument);
}

}  // namespace linseed::test
