// Made-up sets: seeded, varied, and such that they can be learnt.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/batches.h>
#include <linseed/framework/data/shapes.h>
#include <linseed/framework/data/two_moons.h>
#include <linseed/framework/ops/random.h>

namespace linseed::test {

TEST_CASE("shapes are of key and index alone, in eight classes by turns") {
  const auto set = data::shapes(random::key(1), {.size = 20});
  CHECK(set.shape == data::ImageShape{32, 32, 3});
  CHECK(set.classes.size() == 8);
  CHECK(set.classes[7] == "dots");
  for (std::int64_t i = 0; i < 20; ++i) {
    const auto [image, label] = data::read_image(set, i);
    CHECK(label == i % 8);
    for (const float x : image.pixels) REQUIRE((x >= 0 && x <= 1));
    const auto again = data::read_image(data::shapes(random::key(1), {.size = 100}), i).first;
    CHECK(again.pixels == image.pixels);
    CHECK(data::read_image(data::shapes(random::key(2)), i).first.pixels != image.pixels);
    CHECK(data::read_image(set, (i + 8) % 20).first.pixels != image.pixels);
  }
}

TEST_CASE("without noise a shape has two colours, both seen, far enough apart") {
  const auto set = data::shapes(random::key(3), {.size = 80, .side = 48, .noise = 0});
  for (std::int64_t i = 0; i < 80; ++i) {
    INFO("image " << i << ", " << set.classes[static_cast<std::size_t>(i % 8)]);
    const auto image = data::read_image(set, i).first;
    // Along the channel that differs most, nearly all pixels are at one end or the other.
    double best = 0;
    for (std::int64_t c = 0; c < 3; ++c) {
      float least = 1, most = 0;
      int low = 0, high = 0;
      for (int pass = 0; pass < 2; ++pass) {
        for (std::int64_t p = 0; p < 48 * 48; ++p) {
          const float x = image.pixels[static_cast<std::size_t>(3 * p + c)];
          if (pass == 0) {
            least = std::min(least, x);
            most = std::max(most, x);
          } else {
            low += x < least + 0.01f;
            high += x > most - 0.01f;
          }
        }
      }
      if (most - least < 0.39f) continue;
      best = std::max(best, double(most - least));
      CHECK(std::min(low, high) > 48 * 48 / 50);  // the smaller part is no speck
      CHECK(low + high > 48 * 48 * 6 / 10);       // the rest are soft edges
    }
    CHECK(best >= 0.39);
  }
}

TEST_CASE("shapes that cannot be drawn are refused") {
  const Tensor key = random::key(0);
  CHECK_THROWS_AS(data::shapes(key, {.size = -1}), InvalidArgument);
  CHECK_THROWS_AS(data::shapes(key, {.side = 7}), InvalidArgument);
  CHECK_THROWS_AS(data::shapes(key, {.noise = -1}), InvalidArgument);
}

TEST_CASE("two moons lie on two half circles, and Batches takes them") {
  const auto moons = data::two_moons(random::key(1), 1000, 0);
  REQUIRE(moons.points.shape() == Shape{1000, 2});
  const auto points = moons.points.data<float>();
  const auto labels = moons.labels.data<std::int32_t>();
  double sum = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    const bool second = labels[i] == 1;
    CHECK(second == (i % 2 == 1));
    const float x = second ? 1 - points[2 * i] : points[2 * i];
    const float y = second ? 0.5f - points[2 * i + 1] : points[2 * i + 1];
    CHECK(std::hypot(x, y) == Approx(1).epsilon(1e-5));
    CHECK(y >= -1e-6f);
    sum += std::atan2(y, x);
  }
  // Uniform in [0, π): five standard deviations of the mean.
  CHECK(sum / 1000 == Approx(std::numbers::pi / 2).margin(5 * 0.907 / std::sqrt(1000)));
  const data::Batches batches(moons, 100, random::key(2));
  CHECK(batches.steps_per_epoch() == 10);
}

TEST_CASE("the noise of two moons has the deviation asked for, and the key tells moons apart") {
  const auto exact = data::two_moons(random::key(1), 2000, 0);
  const auto noisy = data::two_moons(random::key(1), 2000, 0.2f);
  double squares = 0;
  for (std::size_t i = 0; i < 4000; ++i) {
    const double move = double{noisy.points.data<float>()[i]} - exact.points.data<float>()[i];
    squares += move * move;
  }
  CHECK(std::sqrt(squares / 4000) == Approx(0.2).epsilon(5 / std::sqrt(8000.)));
  const auto other = data::two_moons(random::key(2), 2000, 0);
  CHECK(other.points.data<float>()[0] != exact.points.data<float>()[0]);
  CHECK_THROWS_AS(data::two_moons(random::key(1), -1), InvalidArgument);
  CHECK_THROWS_AS(data::two_moons(random::key(1), 1, -1), InvalidArgument);
}

}  // namespace linseed::test
