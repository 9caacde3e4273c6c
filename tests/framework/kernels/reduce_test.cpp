// Reductions and moments against plain loops in double, and their rules on NaN, masks and bits.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <random>

#include <linseed/framework/kernels/reduce.h>

#include "../../support/instruction_sets.h"
#include "../../support/kernel_runner.h"

namespace linseed {
namespace {

using namespace linseed::test;  // NOLINT: the helpers of this file
using kernels::ReduceAttributes;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

struct Case {
  Shape shape;
  std::vector<int> axes;
};

// Blocks are 128 rows, of which 2 to 64 shorter ones make one; tiles are 512 elements; a run of up
// to 32 is part of a row.
const std::vector<Case> kCases = {
    {{}, {}},
    {{7}, {}},
    {{7}, {0}},
    {{10000}, {0}},
    {{3, 20, 30, 8}, {0, 1, 2}},
    {{1000, 3}, {0}},
    {{2100, 10}, {0}},
    {{4500, 1}, {0}},
    {{130, 10}, {1}},
    {{300, 2, 3}, {0, 2}},
    {{40, 7, 4, 8}, {1, 3}},
    {{3, 5, 33}, {2}},
    {{2, 700, 30}, {2}},
    {{600, 700}, {0}},
    {{600, 700}, {1}},
    {{9, 5000}, {1}},
    {{6, 10}, {0, 1}},
    {{1100, 17}, {0}},
    {{1100, 3, 6}, {0, 2}},
    {{3, 600, 24}, {1}},
    {{700, 2, 40}, {0, 1}},
    {{40, 3, 16}, {1}},
    {{5, 300, 40}, {1}},
    {{5, 6, 7, 8}, {0, 2}},
    {{5, 6, 7, 8}, {1, 3}},
    {{4, 9, 11, 2, 6}, {1, 2, 4}},
    {{20, 40, 50}, {0, 2}},
    {{5, 1, 6, 1}, {0, 3}},
    {{0}, {0}},
    {{0, 4}, {0}},
    {{4, 0}, {1}},
    {{4, 0}, {0}},
    {{3, 0, 2}, {1}},
    {{3, 0, 2}, {0, 1, 2}},
};

Shape without(const Shape& shape, const std::vector<int>& axes) {
  Shape result;
  for (int i = 0; i < shape.ndim(); ++i) {
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) result.push_back(shape[i]);
  }
  return result;
}

/// For each output, the places of its summands in the input, in row-major order.
std::vector<std::vector<std::int64_t>> summands(const Case& c) {
  std::vector<std::vector<std::int64_t>> places(
      static_cast<std::size_t>(without(c.shape, c.axes).size()));
  const auto strides = row_major_strides(c.shape);
  for (std::int64_t i = 0; i < c.shape.size(); ++i) {
    std::int64_t output = 0;
    for (int d = 0; d < c.shape.ndim(); ++d) {
      if (std::find(c.axes.begin(), c.axes.end(), d) != c.axes.end()) continue;
      output = output * c.shape[d] + i / strides[static_cast<std::size_t>(d)] % c.shape[d];
    }
    places[static_cast<std::size_t>(output)].push_back(i);
  }
  return places;
}

double uniform(std::int64_t i) { return double((i * 7919 + 13) % 1009) / 1009 - 0.4; }

/// Normal variates that are the same everywhere.
std::vector<double> normal(std::size_t count) {
  std::mt19937_64 bits(17);
  const auto draw = [&] { return (double(bits() >> 11) + 0.5) * 0x1p-53; };
  std::vector<double> result(count);
  for (double& x : result) x = std::sqrt(-2 * std::log(draw())) * std::cos(2 * M_PI * draw());
  return result;
}

struct Moments {
  HostArray count, mean, square_sum;
};

Moments run_moments(const std::vector<HostArray>& inputs, const std::vector<int>& axes) {
  const DType dtype = inputs[0].dtype();
  const Shape kept = without(inputs[0].shape(), axes);
  const auto out = run_kernel(kernels::moments, inputs, {{{}, dtype}, {kept, dtype}, {kept, dtype}},
                              ReduceAttributes{axes});
  return {out[0], out[1], out[2]};
}

}  // namespace

TEMPLATE_TEST_CASE("sums over any axes agree with a plain loop", "", std::uint8_t, std::int32_t,
                   std::int64_t, std::uint32_t, float, double) {
  using T = TestType;
  // Relative to Σ|x|: a chain of 128 roundings and a tree of at most 14 more, which mostly cancel.
  const double tolerance = std::is_same_v<T, float> ? 1e-6 : std::is_same_v<T, double> ? 1e-14 : 0;
  for (const Case& c : kCases) {
    INFO(to_string(c.shape));
    const HostArray x = generate<T>(c.shape, [](std::int64_t i) {
      return std::is_floating_point_v<T> ? uniform(i) : double(i * 31 % 127);
    });
    const HostArray out =
        run_one(kernels::reduce_sum, {x}, {without(c.shape, c.axes), dtype_of<T>()},
                ReduceAttributes{c.axes});
    const auto places = summands(c);
    for (std::size_t o = 0; o < places.size(); ++o) {
      double sum = 0, magnitude = 0;
      for (const std::int64_t i : places[o]) {
        sum += double(x.at<T>(i));
        magnitude += std::fabs(double(x.at<T>(i)));
      }
      if constexpr (std::is_same_v<T, std::uint8_t>) sum = std::fmod(sum, 256);
      REQUIRE(std::fabs(double(out.at<T>(std::int64_t(o))) - sum) <= tolerance * magnitude);
    }
  }
}

TEMPLATE_TEST_CASE("extremes over any axes agree with a plain loop", "", bool, std::uint8_t,
                   std::int32_t, std::int64_t, std::uint32_t, float, double) {
  using T = TestType;
  for (const Case& c : kCases) {
    if (c.shape.size() == 0) continue;  // the op layer rules it out
    INFO(to_string(c.shape));
    const HostArray x = generate<T>(c.shape, [](std::int64_t i) {
      return std::is_same_v<T, bool> ? i % 97 == 5 : i * 31 % 127;
    });
    const TensorSpec spec{without(c.shape, c.axes), dtype_of<T>()};
    const HostArray high = run_one(kernels::reduce_max, {x}, spec, ReduceAttributes{c.axes});
    const HostArray low = run_one(kernels::reduce_min, {x}, spec, ReduceAttributes{c.axes});
    const auto places = summands(c);
    for (std::size_t o = 0; o < places.size(); ++o) {
      T expected_high = x.at<T>(places[o][0]), expected_low = expected_high;
      for (const std::int64_t i : places[o]) {
        expected_high = std::max(expected_high, x.at<T>(i));
        expected_low = std::min(expected_low, x.at<T>(i));
      }
      REQUIRE(high.at<T>(std::int64_t(o)) == expected_high);
      REQUIRE(low.at<T>(std::int64_t(o)) == expected_low);
    }
  }
}

TEST_CASE("a float32 sum of ten million terms keeps seven digits") {
  const HostArray x = generate<float>({10'000'000}, [](auto) { return 0.1f; });
  const float sum =
      run_one(kernels::reduce_sum, {x}, {{}, float32}, ReduceAttributes{{0}}).at<float>(0);
  // One running float32 sum is off by 9 %.
  CHECK(double(sum) == Approx(1e7 * double(0.1f)).epsilon(1e-6));
}

TEST_CASE("sums of integers wrap") {
  const HostArray x = vector_of<std::int32_t>({2147483647, 1, 5});
  CHECK(run_one(kernels::reduce_sum, {x}, {{}, int32}, ReduceAttributes{{0}}).at<std::int32_t>(0) ==
        -2147483647 + 4);
}

TEST_CASE("one NaN anywhere is the extreme of its output only") {
  for (const std::int64_t place : {0, 1, 4999, 5000, 9998, 9999}) {
    for (const Kernel kernel : {kernels::reduce_max, kernels::reduce_min}) {
      const HostArray x =
          generate<float>({2, 5000}, [&](std::int64_t i) { return i == place ? kNaN : float(i); });
      const HostArray rows = run_one(kernel, {x}, {{2}, float32}, ReduceAttributes{{1}});
      CHECK(std::isnan(rows.at<float>(place / 5000)));
      CHECK(!std::isnan(rows.at<float>(1 - place / 5000)));
      const HostArray columns = run_one(kernel, {x}, {{5000}, float32}, ReduceAttributes{{0}});
      CHECK(std::isnan(columns.at<float>(place % 5000)));
      CHECK(!std::isnan(columns.at<float>((place + 1) % 5000)));
    }
  }
}

TEST_CASE("extremes of infinities are infinite") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const HostArray x = vector_of<float>({-kInfinity, -kInfinity});
  CHECK(run_one(kernels::reduce_max, {x}, {{}, float32}, ReduceAttributes{{0}}).at<float>(0) ==
        -kInfinity);
}

TEMPLATE_TEST_CASE("argmax is the first place of the maximum", "", bool, std::uint8_t, std::int32_t,
                   std::int64_t, std::uint32_t, float, double) {
  using T = TestType;
  const std::vector<Case> cases = {{{7}, {0}},        {{500, 10}, {1}}, {{10, 500}, {0}},
                                   {{4, 9, 70}, {1}}, {{3, 1, 5}, {1}}, {{0, 5}, {1}}};
  for (const Case& c : cases) {
    INFO(to_string(c.shape));
    const HostArray x = generate<T>(c.shape, [](std::int64_t i) {
      return std::is_same_v<T, bool> ? i * 31 % 17 > 12 : i * 31 % 17;
    });
    const HostArray out =
        run_one(kernels::argmax, {x}, {without(c.shape, c.axes), int32}, ReduceAttributes{c.axes});
    const auto places = summands(c);
    for (std::size_t o = 0; o < places.size(); ++o) {
      const auto best =
          std::max_element(places[o].begin(), places[o].end(),
                           [&](std::int64_t i, std::int64_t j) { return x.at<T>(i) < x.at<T>(j); });
      REQUIRE(out.at<std::int32_t>(std::int64_t(o)) == best - places[o].begin());
    }
  }
}

TEST_CASE("argmax takes the first NaN for the maximum") {
  const HostArray x = array_of<float>({3, 4}, {1, kNaN, 9, kNaN, kNaN, 1, 2, 3, 1, 2, 3, kNaN});
  CHECK(run_one(kernels::argmax, {x}, {{3}, int32}, ReduceAttributes{{1}}).values<std::int32_t>() ==
        std::vector<std::int32_t>{1, 0, 3});
}

TEMPLATE_TEST_CASE("reductions have the same bits on every instruction set", "", float, double) {
  using T = TestType;
  for (const Case& c : kCases) {
    if (c.shape.size() == 0) continue;
    INFO(to_string(c.shape));
    const HostArray x = generate<T>(c.shape, [](std::int64_t i) { return 3 + uniform(i); });
    const TensorSpec spec{without(c.shape, c.axes), dtype_of<T>()};
    std::vector<HostArray> first;
    test::for_each_instruction_set([&] {
      const Moments moments = run_moments({x}, c.axes);
      std::vector<HostArray> results{moments.mean, moments.square_sum};
      for (const Kernel kernel : {kernels::reduce_sum, kernels::reduce_max, kernels::reduce_min}) {
        results.push_back(run_one(kernel, {x}, spec, ReduceAttributes{c.axes}));
      }
      if (first.empty()) first = results;
      for (std::size_t i = 0; i < results.size(); ++i) {
        REQUIRE(results[i].has_same_bits(first[i]));
      }
    });
  }
}

TEMPLATE_TEST_CASE("moments over any axes agree with two passes in double", "", float, double) {
  using T = TestType;
  // Squares are all positive, so the roundings of a chain of 128 lean to one side.
  const double tolerance = std::is_same_v<T, float> ? 3e-6 : 1e-13;
  for (const Case& c : kCases) {
    INFO(to_string(c.shape));
    const HostArray x = generate<T>(c.shape, [](std::int64_t i) { return 3 + uniform(i); });
    const Moments result = run_moments({x}, c.axes);
    const auto places = summands(c);
    for (std::size_t o = 0; o < places.size(); ++o) {
      double mean = 0, square_sum = 0;
      const double count = double(places[o].size());
      for (const std::int64_t i : places[o]) mean += double(x.at<T>(i)) / count;
      for (const std::int64_t i : places[o]) square_sum += std::pow(double(x.at<T>(i)) - mean, 2);
      REQUIRE(double(result.count.at<T>(0)) == count);
      REQUIRE(std::fabs(double(result.mean.at<T>(std::int64_t(o))) - mean) <= tolerance * 3);
      REQUIRE(std::fabs(double(result.square_sum.at<T>(std::int64_t(o))) - square_sum) <=
              tolerance * (square_sum + 1e-3));
    }
  }
}

TEST_CASE("moments of nothing are zero") {
  const Moments result = run_moments({HostArray({{0, 3}, float32})}, {0});
  CHECK(result.count.at<float>(0) == 0);
  CHECK(result.mean.values<float>() == std::vector<float>(3));
  CHECK(result.square_sum.values<float>() == std::vector<float>(3));
}

TEST_CASE("the variance survives a mean a hundred thousand times the deviation") {
  const auto z = normal(64 * 28 * 28 * 4);
  const auto value = [&](std::int64_t i) { return 1e4 + 0.1 * z[std::size_t(i)]; };
  const auto check = [](const Moments& result) {
    for (std::int64_t c = 0; c < result.mean.shape().size(); ++c) {
      const double count = result.count.at<float>(0);
      // The spacing of float32 at 1e4 is 1e-3; the sample itself is off by 2/√n ≤ 1 %.
      CHECK(result.square_sum.at<float>(c) / count == Approx(0.01).epsilon(0.02));
      CHECK(result.mean.at<float>(c) == Approx(1e4).epsilon(1e-6));
    }
  };
  check(run_moments({generate<float>({64, 28, 28, 4}, value)}, {0, 1, 2}));
  check(run_moments({generate<float>({64 * 28 * 28 * 4}, value)}, {0}));
  check(run_moments({generate<float>({4, 64 * 28 * 28}, value)}, {1}));
}

TEST_CASE("moments of a million large values match a reference in double") {
  const auto z = normal(1'000'000);
  const HostArray x = generate<float>(
      {1'000'000}, [&](std::int64_t i) { return 1e6 * (1 + 0.5 * z[std::size_t(i)]); });
  double mean = 0, square_sum = 0;
  for (const float v : x.values<float>()) mean += double(v) / 1e6;
  for (const float v : x.values<float>()) square_sum += (double(v) - mean) * (double(v) - mean);
  const Moments result = run_moments({x}, {0});
  CHECK(result.mean.at<float>(0) == Approx(mean).epsilon(1e-6));
  CHECK(result.square_sum.at<float>(0) == Approx(square_sum).epsilon(1e-5));
}

TEST_CASE("equal elements have no spread at all") {
  const HostArray x =
      generate<float>({3000, 2}, [](std::int64_t i) { return i % 2 == 0 ? 0.1f : 1e30f; });
  const Moments result = run_moments({x}, {0});
  CHECK(result.mean.values<float>() == std::vector<float>{0.1f, 1e30f});
  CHECK(result.square_sum.values<float>() == std::vector<float>{0, 0});
}

TEMPLATE_TEST_CASE("masked rows do not count, whatever they hold", "", float, double) {
  using T = TestType;
  const std::vector<Case> cases = {{{40, 6, 7, 5}, {0, 1, 2}},
                                   {{40, 6, 7, 5}, {0, 3}},
                                   {{40, 600}, {0, 1}},
                                   {{40, 300}, {0}},
                                   {{40}, {0}},
                                   {{40, 50, 20}, {0, 1}},
                                   {{40, 9, 3, 4}, {0, 1, 3}}};
  // Rows 0–2 are masked, so the first element cannot be the shift; others come in stretches.
  const auto counts = [](std::int64_t row) { return row > 2 && row % 4 != 0; };
  for (const Case& c : cases) {
    INFO(to_string(c.shape));
    const std::int64_t per_row = c.shape.size() / 40;
    std::vector<double> kept;
    const HostArray x = generate<T>(c.shape, [&](std::int64_t i) {
      return counts(i / per_row) ? 100 + uniform(i) : i % 2 == 0 ? double(kNaN) : 1e300;
    });
    Shape kept_shape = c.shape;
    kept_shape[0] = 0;
    for (std::int64_t row = 0; row < 40; ++row) kept_shape[0] += counts(row);
    HostArray dense({kept_shape, dtype_of<T>()});
    for (std::int64_t row = 0, place = 0; row < 40; ++row) {
      for (std::int64_t i = 0; counts(row) && i < per_row; ++i) {
        dense.at<T>(place++) = x.at<T>(row * per_row + i);
      }
    }
    // Anything but 0 counts as 1.
    const HostArray mask = generate<T>(
        {40}, [&](std::int64_t row) { return counts(row) ? (row % 2 == 0 ? 0.25 : -3.0) : -0.0; });
    const Moments result = run_moments({x, mask}, c.axes), expected = run_moments({dense}, c.axes);
    CHECK(result.count.at<T>(0) == expected.count.at<T>(0));
    for (std::int64_t o = 0; o < result.mean.shape().size(); ++o) {
      REQUIRE(double(result.mean.at<T>(o)) == Approx(double(expected.mean.at<T>(o))).epsilon(1e-6));
      REQUIRE(double(result.square_sum.at<T>(o)) ==
              Approx(double(expected.square_sum.at<T>(o))).epsilon(1e-4));
    }
  }
}

TEST_CASE("if the mask is all zeros, the moments are zero") {
  const HostArray x = generate<float>({600, 2}, [](auto) { return kNaN; });
  const Moments result = run_moments({x, generate<float>({600}, [](auto) { return 0; })}, {0});
  CHECK(result.count.at<float>(0) == 0);
  CHECK(result.mean.values<float>() == std::vector<float>{0, 0});
  CHECK(result.square_sum.values<float>() == std::vector<float>{0, 0});
}

TEST_CASE("a NaN that counts reaches mean and spread") {
  const HostArray x = array_of<float>({3, 2}, {1, 2, kNaN, 4, 5, 6});
  const Moments result = run_moments({x}, {0});
  CHECK(std::isnan(result.mean.at<float>(0)));
  CHECK(std::isnan(result.square_sum.at<float>(0)));
  CHECK(result.mean.at<float>(1) == 4);
  CHECK(result.square_sum.at<float>(1) == 8);
}

}  // namespace linseed
