// Elementary functions of float32 on each instruction set, against the C library's of float64.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <string_view>

#include <catch2/catch.hpp>

#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/kernels/inverse_error_function.h>
#include <linseed/tests/support/instruction_sets.h>
#include <linseed/tests/support/kernel_runner.h>

namespace linseed::test {
namespace {

using kernels::InstructionSet;
using Floats = std::vector<float>;

/// A function, and the largest distance of its values from the exact ones, in units in the last
/// place (ulp) of the exact one.
struct Function {
  std::string_view name;
  Kernel kernel;
  double (*exact)(double);
  double bound;
};

// Next to each bound, the worst of one number in 61 of all float32. What counts is rounding, in the
// last few operations: expm1 and tanh subtract 1 from an exp between 1 and 2, whose units are up to
// four times theirs; log1p multiplies three rounded factors; sin and cos take off multiples of π
// that were rounded. erf_inv is as far off as its polynomials: Giles states 3.5e-7, up to 6 units.
const std::array<Function, 9> kFunctions{{
    {"exp", kernels::elementwise<kernels::exponential>, std::exp, 1.0},                // 0.997
    {"expm1", kernels::elementwise<kernels::exponential_minus_one>, std::expm1, 3.5},  // 3.435
    {"log", kernels::elementwise<kernels::logarithm>, std::log, 1.0},                  // 0.888
    {"log1p", kernels::elementwise<kernels::logarithm_of_one_plus>, std::log1p, 2.5},  // 2.370
    {"tanh", kernels::elementwise<kernels::hyperbolic_tangent>, std::tanh, 3.0},       // 2.706
    {"sin", kernels::elementwise<kernels::sine>, std::sin, 2.5},                       // 2.304
    {"cos", kernels::elementwise<kernels::cosine>, std::cos, 2.5},                     // 2.384
    {"erf", kernels::elementwise<kernels::error_function>, std::erf, 1.5},             // 1.436
    {"erf_inv", kernels::elementwise<kernels::inverse_error_function>,
     kernels::inverse_error_function, 4.0},  // 3.568
}};

Floats values(Kernel kernel, const Floats& x) {
  const Shape shape{static_cast<std::int64_t>(x.size())};
  return run_one(kernel, {vector_of(x)}, {shape, float32}).values<float>();
}

/// Whether y is the same NaN-or-not, infinity or zero, sign and all, as `expected`; anything if
/// that is an ordinary number.
bool is_same_special(float y, float expected) {
  if (std::isnan(expected)) return std::isnan(y);
  if (std::isfinite(expected) && expected != 0) return std::isfinite(y);
  return y == expected && std::signbit(y) == std::signbit(expected);
}

/// The distance of y from `exact`, in units in the last place of the latter.
double distance(float y, double exact) {
  const int exponent = std::max(std::ilogb(exact), std::numeric_limits<float>::min_exponent - 1);
  return std::abs(static_cast<double>(y) - exact) / std::ldexp(1.0, exponent - 23);
}

/// Numbers of all signs and magnitudes, NaN among them, and neighbours of the multiples of π/2.
Floats dense_sample() {
  Floats x;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += 40'009) {
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  }
  for (int k = 1; k < 26'000; k += k < 100 ? 1 : 7) {
    const auto nearest = static_cast<float>(k * std::numbers::pi / 2);
    x.insert(x.end(), {nearest, std::nextafter(nearest, 0.F), std::nextafter(-nearest, 0.F)});
  }
  return x;
}

Floats border_points() {
  using Limits = std::numeric_limits<float>;
  Floats x{Limits::quiet_NaN()};
  for (const float magnitude : {0.F,
                                Limits::denorm_min(),
                                Limits::min(),
                                1e-30F,
                                0.5F,
                                1.F,
                                std::nextafter(1.F, 0.F),
                                2.F,
                                4.F,
                                9.F,
                                17.F,
                                19.F,
                                87.3F,
                                88.72283F,
                                88.72284F,
                                89.F,
                                103.97F,
                                103.98F,
                                104.F,
                                105.F,
                                1000.F,
                                39000.F,
                                std::nextafter(39000.F, 1e6F),
                                1e7F,
                                1e10F,
                                1e38F,
                                Limits::max(),
                                Limits::infinity()}) {
    x.insert(x.end(), {magnitude, -magnitude});
  }
  return x;
}

}  // namespace

TEST_CASE("functions of float32 are within their bounds of the exact values") {
  const Floats x = dense_sample();
  for (const Function& function : kFunctions) {
    std::vector<double> exact(x.size());
    std::transform(x.begin(), x.end(), exact.begin(),
                   [&](float v) { return function.exact(static_cast<double>(v)); });
    for_each_instruction_set([&] {
      const Floats y = values(function.kernel, x);
      double worst = 0;
      float at = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto rounded = static_cast<float>(exact[i]);
        if (!is_same_special(y[i], rounded)) FAIL(function.name << " of " << x[i] << ": " << y[i]);
        if (!std::isfinite(rounded) || rounded == 0) continue;
        const double error = distance(y[i], exact[i]);
        if (!(error <= worst)) worst = error, at = x[i];
      }
      INFO(function.name << " is off by " << worst << " ulp at " << at);
      CHECK(worst <= function.bound);
    });
  }
}

TEST_CASE("infinities, zeros, their signs and NaN are those of the C library") {
  const Floats x = border_points();
  for_each_instruction_set([&] {
    for (const Function& function : kFunctions) {
      const Floats y = values(function.kernel, x);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto expected = static_cast<float>(function.exact(static_cast<double>(x[i])));
        INFO(function.name << " of " << x[i] << " is " << y[i] << ", in C " << expected);
        CHECK(is_same_special(y[i], expected));
      }
    }
  });
}

TEST_CASE("an element of a function does not depend on where it lies") {
  std::mt19937 random(3);
  Floats x = border_points();
  std::shuffle(x.begin(), x.end(), random);
  for (int i = 0; i < 200; ++i) x.push_back(static_cast<float>(random() % 4001) / 400 - 5);
  Floats y(x.size());
  const ParallelFor whole = run_whole_range;
  for_each_instruction_set([&] {
    for (const Function& function : kFunctions) {
      const auto compute = [&](std::size_t first, std::int64_t length) {
        const Shape shape{length};
        const std::array<Array, 1> in{{{x.data() + first, shape, float32}}};
        const std::array<Array, 1> out{{{y.data() + first, shape, float32}}};
        function.kernel({in, out, nullptr, whole});
      };
      std::vector<std::uint32_t> alone;
      for (std::size_t i = 0; i < x.size(); ++i) {
        compute(i, 1);
        alone.push_back(std::bit_cast<std::uint32_t>(y[i]));
      }
      std::int64_t wrong = 0;
      for (std::int64_t length = 0; length <= 70; ++length) {
        const std::size_t first = random() % (x.size() - static_cast<std::size_t>(length));
        std::fill(y.begin(), y.end(), 7.F);
        compute(first, length);
        for (std::size_t i = 0; i < y.size(); ++i) {
          const bool is_inside = i >= first && i < first + static_cast<std::size_t>(length);
          const std::uint32_t expected = is_inside ? alone[i] : std::bit_cast<std::uint32_t>(7.F);
          wrong += std::bit_cast<std::uint32_t>(y[i]) != expected;
        }
      }
      INFO(function.name);
      CHECK(wrong == 0);
    }
  });
}

TEST_CASE(
    "functions have the same bits on all instruction sets with fused multiply-add, or without") {
  Floats x;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += 1'000'003) {
    const auto number = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (!std::isnan(number)) x.push_back(number);
  }
  const HostArray in = vector_of(x);
  for (const Function& function : kFunctions) {
    std::map<bool, HostArray> first;
    for_each_instruction_set([&] {
      const InstructionSet set = kernels::instruction_set();
      const bool has_fma = set == InstructionSet::avx2 || set == InstructionSet::avx512;
      const HostArray y = run_one(function.kernel, {in}, {in.shape(), float32});
      const auto [before, is_new] = first.try_emplace(has_fma, y);
      INFO(function.name);
      if (is_new) return;
      std::int64_t wrong = 0;
      for (std::int64_t i = 0; i < in.shape().size(); ++i) {
        const float a = before->second.at<float>(i), b = y.at<float>(i);
        wrong += std::bit_cast<std::uint32_t>(a) != std::bit_cast<std::uint32_t>(b) &&
                 !(std::isnan(a) && std::isnan(b));
      }
      CHECK(wrong == 0);
    });
  }
}

TEST_CASE("functions of float64 are the C library's") {
  const HostArray x =
      generate<double>({3001}, [](std::int64_t i) { return double(i * 37 % 1001) / 250 - 0.9; });
  for (const Function& function : kFunctions) {
    const HostArray y = run_one(function.kernel, {x}, {x.shape(), float64});
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < x.shape().size(); ++i) {
      const double expected = function.exact(x.at<double>(i));
      wrong +=
          std::bit_cast<std::uint64_t>(y.at<double>(i)) != std::bit_cast<std::uint64_t>(expected) &&
          !(std::isnan(y.at<double>(i)) && std::isnan(expected));
    }
    INFO(function.name);
    CHECK(wrong == 0);
  }
}

}  // namespace linseed::test
