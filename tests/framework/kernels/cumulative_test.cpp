// Cumulative sums against loops over their definition.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/cumulative.h>

#include "../../support/kernel_runner.h"

namespace linseed {
namespace {

using namespace linseed::test;  // NOLINT: the helpers of this file
using kernels::CumulativeAttributes;

/// Σ of the elements from place `i`'s to the beginning of its line (the end, in reverse).
template <class T>
double expected_sum(const HostArray& x, int axis, bool reverse, std::int64_t i) {
  const std::int64_t size = x.shape()[axis];
  const std::int64_t stride = row_major_strides(x.shape())[static_cast<std::size_t>(axis)];
  const std::int64_t at = i / stride % size;
  const std::int64_t first = i - at * stride;
  double total = 0;
  for (std::int64_t k = reverse ? at : 0; k < (reverse ? size : at + 1); ++k) {
    total += static_cast<double>(x.at<T>(first + k * stride));
  }
  return total;
}

}  // namespace

TEMPLATE_TEST_CASE("every element is the sum up to it", "", std::uint8_t, std::int32_t,
                   std::int64_t, std::uint32_t, float, double) {
  using T = TestType;
  const std::pair<Shape, int> cases[] = {
      {{17}, 0}, {{5, 7}, 0}, {{5, 7}, 1}, {{3, 4, 2}, 1}, {{2, 3, 200}, 1}, {{1}, 0},
      {{0}, 0},  {{3, 0}, 1}, {{0, 3}, 1}, {{2, 1, 3}, 1}, {{4, 5, 64}, 0}};
  for (const auto& [shape, axis] : cases) {
    for (const bool reverse : {false, true}) {
      INFO(to_string(shape) << " axis " << axis << (reverse ? " reverse" : ""));
      // Small enough for sums of uint8, and exact in every type.
      const HostArray x = generate<T>(shape, [](std::int64_t i) { return i * 5 % 13; });
      const HostArray y = run_one(kernels::cumulative_sum, {x}, {shape, dtype_of<T>()},
                                  CumulativeAttributes{axis, reverse});
      std::int64_t wrong = 0;
      for (std::int64_t i = 0; i < shape.size(); ++i) {
        wrong += static_cast<double>(y.at<T>(i)) != expected_sum<T>(x, axis, reverse, i);
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("a long chain of float32 rounds each output once") {
  const std::int64_t n = 100000;
  const HostArray x = generate<float>({n}, [](std::int64_t) { return 0.1F; });
  const HostArray y =
      run_one(kernels::cumulative_sum, {x}, {{n}, float32}, CumulativeAttributes{0, false});
  // The double chain itself errs by less than 1e-11 relative, far below a float32 rounding.
  const double exact = static_cast<double>(0.1F) * static_cast<double>(n);
  CHECK(y.at<float>(n - 1) == static_cast<float>(exact));
}

TEST_CASE("cumulative sums of integers wrap, NaN stays, bool is ruled out") {
  constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
  const CumulativeAttributes along{0, false};
  CHECK(
      run_one(kernels::cumulative_sum, {vector_of<std::int32_t>({kMax, 1, 1})}, {{3}, int32}, along)
          .values<std::int32_t>() ==
      std::vector<std::int32_t>{kMax, std::numeric_limits<std::int32_t>::min(), -kMax});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const HostArray y =
      run_one(kernels::cumulative_sum, {vector_of<float>({1, nan, 1})}, {{3}, float32}, along);
  CHECK(y.at<float>(0) == 1);
  CHECK(std::isnan(y.at<float>(1)));
  CHECK(std::isnan(y.at<float>(2)));
  CHECK_THROWS_AS(run_one(kernels::cumulative_sum, {vector_of<bool>({true})}, {{1}, bool_}, along),
                  InternalError);
}

}  // namespace linseed
