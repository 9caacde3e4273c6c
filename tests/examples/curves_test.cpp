// Curves as characters.
#include <support/curves.h>

#include <algorithm>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>

namespace example {

TEST_CASE("curves stand side by side, each line the mean of a tenth of the steps") {
  Curve falling{"falling", {}}, flat{"flat", {}};
  for (int step = 0; step < 20; ++step) {
    falling.values.push_back(step < 2 ? 6.f : 3.f);
    flat.values.push_back(step % 2 == 0 ? 0.f : 4.f);
  }
  const std::string text = draw_curves({falling, flat});
  CHECK(std::count(text.begin(), text.end(), '\n') == 11);
  CHECK(text.find("    2   " + std::string(30, '#') + " 6.00") != std::string::npos);
  CHECK(text.find("   20   " + std::string(15, '#') + " 3.00") != std::string::npos);
  CHECK(text.find("   " + std::string(10, '#') + " 2.00") != std::string::npos);
}

TEST_CASE("a curve of fewer than ten steps has a line for each") {
  const std::string text = draw_curves({{"short", {1.f, 0.5f, 0.f}}});
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
  CHECK(text.find("    3    0.00") != std::string::npos);
}

TEST_CASE("curves of different length, and steps there are not, are refused") {
  CHECK_THROWS_AS(draw_curves({{"a", {1.f}}, {"b", {1.f, 2.f}}}), linseed::InvalidArgument);
  CHECK_THROWS_AS(mean_of({"a", {1.f, 2.f}}, 1, 2), linseed::InvalidArgument);
  CHECK_THROWS_AS(mean_of({"a", {1.f, 2.f}}, 0, 0), linseed::InvalidArgument);
}

}  // namespace example
