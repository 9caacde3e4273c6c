// argsort against the definition of a stable order.
#include <catch2/catch.hpp>

#include <limits>

#include <linseed/framework/kernels/sorting.h>

#include "../../support/kernel_runner.h"

namespace linseed {
namespace {

using namespace linseed::test;  // NOLINT: the helpers of this file
using kernels::SortAttributes;

using Places = std::vector<std::int32_t>;

template <Element T>
Places order_of(const std::vector<T>& x) {
  return run_one(kernels::argsort, {vector_of(x)}, {{static_cast<std::int64_t>(x.size())}, int32},
                 SortAttributes{0})
      .template values<std::int32_t>();
}

}  // namespace

TEMPLATE_TEST_CASE("each line is a permutation in ascending order, equal elements in their own", "",
                   bool, std::uint8_t, std::int32_t, std::int64_t, std::uint32_t, float, double) {
  using T = TestType;
  const std::pair<Shape, int> cases[] = {{{50}, 0},      {{6, 20}, 1}, {{20, 6}, 0},
                                         {{3, 9, 4}, 1}, {{1}, 0},     {{3, 1}, 1},
                                         {{0}, 0},       {{0, 3}, 1},  {{3, 0}, 1}};
  for (const auto& [shape, axis] : cases) {
    INFO(to_string(shape) << " axis " << axis);
    const HostArray x = generate<T>(shape, [](std::int64_t i) { return i * 31 % 17 % 8; });
    const HostArray order = run_one(kernels::argsort, {x}, {shape, int32}, SortAttributes{axis});
    const std::int64_t size = shape[axis];
    const std::int64_t stride = row_major_strides(shape)[static_cast<std::size_t>(axis)];
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < shape.size(); ++i) {
      const std::int64_t at = i / stride % size;
      const std::int64_t first = i - at * stride;
      const std::int32_t place = order.at<std::int32_t>(i);
      REQUIRE((place >= 0 && place < size));
      if (at == 0) continue;
      const std::int32_t before = order.at<std::int32_t>(i - stride);
      const T mine = x.at<T>(first + place * stride);
      const T previous = x.at<T>(first + before * stride);
      // Strictly after its predecessor: so no place appears twice, and ties are in order.
      wrong += !(previous < mine || (previous == mine && before < place));
    }
    CHECK(wrong == 0);
  }
}

TEMPLATE_TEST_CASE("NaN comes last, zeros of either sign are equal", "", float, double) {
  using T = TestType;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const T infinity = std::numeric_limits<T>::infinity();
  CHECK(order_of<T>({nan, 1, -nan, infinity, -infinity}) == Places{4, 1, 3, 0, 2});
  CHECK(order_of<T>({0, T(-0.0), 0, -1}) == Places{3, 0, 1, 2});
}

TEST_CASE("integers are compared with all their bits") {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  CHECK(order_of<std::int64_t>({kMax, kMax - 1, -kMax - 1, 0}) == Places{2, 3, 1, 0});
  CHECK(order_of<std::uint32_t>({0xffffffffU, 0, 0x7fffffffU}) == Places{1, 2, 0});
}

}  // namespace linseed
