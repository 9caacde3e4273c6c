// What positions of a convolution read, taken apart.
#include <linseed/framework/kernels/taps.h>

#include <catch2/catch.hpp>

namespace linseed::kernels {
namespace {

/// One dimension as text: "[begin, end) first_tap..last_tap; …", "none" for no taps.
std::string text(const std::vector<TapSegment>& segments) {
  std::string result;
  for (const TapSegment& s : segments) {
    result += "[" + std::to_string(s.begin) + ", " + std::to_string(s.end) + ")";
    const bool none = s.first_tap == s.last_tap;
    result += none ? " none; "
                   : " " + std::to_string(s.first_tap) + ".." + std::to_string(s.last_tap) + "; ";
  }
  return result;
}

/// A window over the width alone.
Window over_width(std::int64_t stride, std::int64_t pad, std::int64_t dilation) {
  return {.stride = {1, 1, stride},
          .pad_low = {0, 0, pad},
          .pad_high = {0, 0, pad},
          .dilation = {1, 1, dilation}};
}

}  // namespace

TEST_CASE("positions at the border read fewer taps") {
  const TapAxes axes = convolution_taps(over_width(1, 1, 1), {1, 1, 3}, {1, 1, 8});
  CHECK(text(tap_segments(axes[2], 8)) == "[0, 1) 1..3; [1, 7) 0..3; [7, 8) 0..2; ");
  CHECK(text(tap_segments(axes[0], 1)) == "[0, 1) 0..1; ");
}

TEST_CASE(
    "windows that reach over both borders, or over none of the input, have few taps or none") {
  const TapAxes wide = convolution_taps(over_width(1, 4, 1), {1, 1, 3}, {1, 1, 8});
  CHECK(text(tap_segments(wide[2], 2)) ==
        "[0, 2) none; [2, 3) 2..3; [3, 4) 1..3; [4, 5) 0..2; [5, 6) 0..1; [6, 8) none; ");
}

TEST_CASE("the adjoint of a stride reads the taps of each residue") {
  // y[i] reads x[2i − 1 + k]: so x[0] is in y[0] at k = 1, x[1] in y[0] at k = 2 and y[1] at k = 0.
  const std::vector<TapAxes> parts = adjoint_taps(over_width(2, 1, 1), {1, 1, 3}, {1, 1, 5});
  REQUIRE(parts.size() == 2);
  const TapAxis& even = parts[0][2];
  CHECK(even.count == 3);
  REQUIRE(even.taps.size() == 1);
  CHECK(even.taps[0].place == 1);
  CHECK(even.taps[0].offset == 0);
  const TapAxis& odd = parts[1][2];
  CHECK(odd.first == 1);
  CHECK(odd.step == 2);
  CHECK(odd.count == 2);
  REQUIRE(odd.taps.size() == 2);
  CHECK(odd.taps[0].place == 0);  // of the reversed kernel: k = 2
  CHECK(odd.taps[0].offset == 0);
  CHECK(odd.taps[1].place == 2);
  CHECK(odd.taps[1].offset == 1);
}

TEST_CASE("taps are neighbours where input and window are contiguous alike") {
  const auto joined = [](const Window& window) {
    return are_neighbours(convolution_taps(window, {1, 1, 3}, {1, 1, 4})[2].taps);
  };
  CHECK(joined(over_width(1, 1, 1)));
  CHECK(joined(over_width(2, 1, 1)));
  CHECK_FALSE(joined(over_width(1, 1, 2)));
  CHECK(are_neighbours(adjoint_taps(over_width(1, 1, 1), {1, 1, 3}, {1, 1, 4})[0][2].taps));
  CHECK_FALSE(are_neighbours(adjoint_taps(over_width(2, 1, 1), {1, 1, 3}, {1, 1, 4})[1][2].taps));
}

}  // namespace linseed::kernels
