// Drawings of grey images.
#include <support/draw.h>

#include <limits>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>

namespace example {

TEST_CASE("28 x 28 pixels become 14 lines of 28 characters") {
  const Drawing drawing = draw(std::vector<float>(28 * 28, 1.f), 28);
  CHECK(drawing == Drawing(14, std::string(28, '@')));
}

TEST_CASE("a character stands for the mean of two pixels, one above the other") {
  const std::vector<float> pixels{
      0.f, 1.f, 1.f, 0.5f,   //
      0.f, 1.f, 0.f, 0.5f,   //
      0.f, 0.f, 0.f, 0.12f,  // the last row stands alone
  };
  CHECK(draw(pixels, 4) == Drawing{" @++", "   ."});
}

TEST_CASE("pixels beyond black and white, and NaN, are drawn at the ends of the ramp") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> pixels{-3.f, 7.f, nan, infinity, -infinity};
  CHECK(draw(pixels, 5) == Drawing{" @ @ "});
}

TEST_CASE("pixels that fill no whole rows are refused") {
  const std::vector<float> pixels(10);
  CHECK_THROWS_AS(draw(pixels, 4), linseed::InvalidArgument);
  CHECK_THROWS_AS(draw(pixels, 0), linseed::InvalidArgument);
}

TEST_CASE("drawings stand side by side under their captions") {
  CHECK(side_by_side({{"ab", "cd"}, {"xyz"}}, {"one", "2"}) ==
        "one  2\n"
        "ab   xyz\n"
        "cd\n");
  CHECK(side_by_side({}, {}).empty());
  CHECK_THROWS_AS(side_by_side({{"ab"}}, {}), linseed::InvalidArgument);
}

}  // namespace example
