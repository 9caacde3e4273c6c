// Element-wise kernels against one-line references, over every way of broadcasting.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/elementwise.h>

#include "../../support/kernel_runner.h"

namespace linseed {
namespace {

using namespace linseed::test;  // NOLINT: the helpers of this file

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

struct ShapePair {
  Shape a, b;
};

// Each exceeds or straddles a block of 4096, is so long that it is fetched ahead, or is a
// degenerate case.
const std::vector<ShapePair> kShapePairs = {
    {{}, {}},
    {{5000}, {5000}},
    {{5000}, {}},
    {{1}, {5000}},
    {{270001}, {270001}},
    {{3, 5, 7, 32}, {32}},
    {{32}, {3, 5, 7, 32}},
    {{9, 11, 47, 3}, {3}},
    {{700, 13}, {700, 1}},
    {{700, 1}, {700, 13}},
    {{70, 1}, {1, 90}},
    {{4, 1, 6, 50}, {1, 7, 6, 1}},
    {{4, 3, 600}, {4, 1, 600}},
    {{2, 1, 3, 1, 5}, {7, 1, 9, 1}},
    {{2, 5000}, {5000}},
    {{0}, {}},
    {{3, 0, 2}, {2}},
    {{1, 0}, {4, 1}},
};

template <class T, class Out, class F>
void check_binary(Kernel kernel, F reference) {
  for (const ShapePair& pair : kShapePairs) {
    const Shape shape = broadcast_shapes(pair.a, pair.b, "test");
    INFO(name(dtype_of<T>()) << " " << to_string(pair.a) << " with " << to_string(pair.b));
    const HostArray a = generate<T>(pair.a, [](std::int64_t i) { return (i * 37 + 11) % 101; });
    const HostArray b = generate<T>(pair.b, [](std::int64_t i) { return (i * 29 + 5) % 97 + 1; });
    const HostArray out = run_one(kernel, {a, b}, {shape, dtype_of<Out>()});
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < shape.size(); ++i) {
      const T x = a.at<T>(broadcast_place(pair.a, shape, i));
      const T y = b.at<T>(broadcast_place(pair.b, shape, i));
      wrong += out.at<Out>(i) != static_cast<Out>(reference(x, y));
    }
    CHECK(wrong == 0);
  }
}

template <Element T>
std::vector<T> binary_values(Kernel kernel, const std::vector<T>& a, const std::vector<T>& b) {
  return run_one(kernel, {vector_of(a), vector_of(b)},
                 {{static_cast<std::int64_t>(a.size())}, dtype_of<T>()})
      .template values<T>();
}

template <Element T>
std::vector<T> unary_values(Kernel kernel, const std::vector<T>& a) {
  return run_one(kernel, {vector_of(a)}, {{static_cast<std::int64_t>(a.size())}, dtype_of<T>()})
      .template values<T>();
}

template <Element To, Element From>
std::vector<To> cast_values(const std::vector<From>& a) {
  return run_one(kernels::elementwise<kernels::cast>, {vector_of(a)},
                 {{static_cast<std::int64_t>(a.size())}, dtype_of<To>()})
      .template values<To>();
}

}  // namespace

TEMPLATE_TEST_CASE("arithmetic broadcasts as in NumPy", "", std::uint8_t, std::int32_t,
                   std::int64_t, std::uint32_t, float, double) {
  using T = TestType;
  check_binary<T, T>(kernels::elementwise<kernels::add>, [](T a, T b) { return a + b; });
  check_binary<T, T>(kernels::elementwise<kernels::subtract>, [](T a, T b) { return a - b; });
  check_binary<T, T>(kernels::elementwise<kernels::multiply>, [](T a, T b) { return a * b; });
  check_binary<T, T>(kernels::elementwise<kernels::maximum>,
                     [](T a, T b) { return std::max(a, b); });
  check_binary<T, T>(kernels::elementwise<kernels::minimum>,
                     [](T a, T b) { return std::min(a, b); });
  check_binary<T, T>(kernels::elementwise<kernels::floor_divide>,
                     [](T a, T b) { return std::floor(double(a) / double(b)); });
}

TEMPLATE_TEST_CASE("comparison broadcasts as in NumPy", "", bool, std::uint8_t, std::int32_t,
                   std::int64_t, std::uint32_t, float, double) {
  using T = TestType;
  check_binary<T, bool>(kernels::elementwise<kernels::equal>, [](T a, T b) { return a == b; });
  check_binary<T, bool>(kernels::elementwise<kernels::less>, [](T a, T b) { return a < b; });
  check_binary<T, bool>(kernels::elementwise<kernels::less_equal>, [](T a, T b) { return a <= b; });
}

TEST_CASE("on bool, add is or, multiply and minimum are and, maximum is or") {
  const std::vector<bool> a{false, false, true, true}, b{false, true, false, true};
  CHECK(binary_values<bool>(kernels::elementwise<kernels::add>, a, b) ==
        std::vector<bool>{false, true, true, true});
  CHECK(binary_values<bool>(kernels::elementwise<kernels::maximum>, a, b) ==
        std::vector<bool>{false, true, true, true});
  CHECK(binary_values<bool>(kernels::elementwise<kernels::multiply>, a, b) ==
        std::vector<bool>{false, false, false, true});
  CHECK(binary_values<bool>(kernels::elementwise<kernels::minimum>, a, b) ==
        std::vector<bool>{false, false, false, true});
  CHECK_THROWS_AS(binary_values<bool>(kernels::elementwise<kernels::subtract>, a, b),
                  InternalError);
}

TEST_CASE("integer arithmetic wraps") {
  constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kMax64 = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kMin64 = std::numeric_limits<std::int64_t>::min();
  using Ints = std::vector<std::int32_t>;
  using Bytes = std::vector<std::uint8_t>;
  CHECK(binary_values<std::int32_t>(kernels::elementwise<kernels::add>, {kMax}, {1}) == Ints{kMin});
  CHECK(binary_values<std::int32_t>(kernels::elementwise<kernels::subtract>, {kMin}, {1}) ==
        Ints{kMax});
  CHECK(binary_values<std::int32_t>(kernels::elementwise<kernels::multiply>, {kMax, kMin},
                                    {2, -1}) == Ints{-2, kMin});
  CHECK(binary_values<std::int64_t>(kernels::elementwise<kernels::add>, {kMax64}, {1}).front() ==
        kMin64);
  CHECK(binary_values<std::uint8_t>(kernels::elementwise<kernels::add>, {250, 255}, {10, 255}) ==
        Bytes{4, 254});
  CHECK(binary_values<std::uint8_t>(kernels::elementwise<kernels::subtract>, {3}, {5}) ==
        Bytes{254});
  CHECK(binary_values<std::uint8_t>(kernels::elementwise<kernels::multiply>, {255}, {255}) ==
        Bytes{1});
  CHECK(unary_values<std::int32_t>(kernels::elementwise<kernels::negative>, {kMin, 5}) ==
        Ints{kMin, -5});
  CHECK(unary_values<std::int32_t>(kernels::elementwise<kernels::absolute>, {kMin, -5, 7}) ==
        Ints{kMin, 5, 7});
  CHECK(unary_values<std::uint8_t>(kernels::elementwise<kernels::negative>, {1}) == Bytes{255});
}

TEST_CASE("sign is -1, 0 or 1, and NaN of NaN") {
  const auto signs = unary_values<float>(kernels::elementwise<kernels::sign>,
                                         {-kInfinity, -2, 0, 1e-40f, 3, kNaN});
  CHECK(std::vector<float>(signs.begin(), signs.end() - 1) == std::vector<float>{-1, -1, 0, 1, 1});
  CHECK(std::isnan(signs.back()));
  CHECK(unary_values<std::int64_t>(kernels::elementwise<kernels::sign>, {-9, 0, 9}) ==
        std::vector<std::int64_t>{-1, 0, 1});
  CHECK(unary_values<std::uint8_t>(kernels::elementwise<kernels::sign>, {0, 200}) ==
        std::vector<std::uint8_t>{0, 1});
}

TEST_CASE("floor division rounds the exact quotient towards minus infinity") {
  constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
  CHECK(binary_values<std::int32_t>(kernels::elementwise<kernels::floor_divide>,
                                    {7, -7, 7, -7, 6, -6, 5, kMin, kMin},
                                    {2, 2, -2, -2, 3, 3, 0, -1, 0}) ==
        std::vector<std::int32_t>{3, -4, -4, 3, 2, -2, 0, kMin, 0});
  CHECK(binary_values<std::uint8_t>(kernels::elementwise<kernels::floor_divide>, {200, 7},
                                    {3, 0}) == std::vector<std::uint8_t>{66, 0});
  // 0.1 in binary is above 1/10, so ten of it exceed 1 though the quotient rounds to 10.
  CHECK(binary_values<double>(kernels::elementwise<kernels::floor_divide>,
                              {1, -1, 7.5, -7.5, 6, -1}, {0.1, 0.1, 2, 2, -3, HUGE_VAL}) ==
        std::vector<double>{9, -10, 3, -4, -2, -1});
  CHECK(binary_values<float>(kernels::elementwise<kernels::floor_divide>, {1, -1}, {0, 0}) ==
        std::vector<float>{kInfinity, -kInfinity});
}

TEST_CASE("maximum and minimum pass NaN on from either side") {
  for (const Kernel kernel :
       {kernels::elementwise<kernels::maximum>, kernels::elementwise<kernels::minimum>}) {
    const auto values =
        binary_values<float>(kernel, {kNaN, 1, kNaN, kNaN, 1}, {1, kNaN, kNaN, kInfinity, 1});
    CHECK(std::all_of(values.begin(), values.end() - 1, [](float x) { return std::isnan(x); }));
    CHECK(values.back() == 1);
  }
}

TEST_CASE("powers") {
  CHECK(binary_values<std::int32_t>(kernels::elementwise<kernels::power>,
                                    {2, -3, 0, 5, 1, -1, -1, 2, 3},
                                    {10, 3, 0, 0, -7, -7, -8, -1, 40}) ==
        std::vector<std::int32_t>{1024, -27, 1, 1, 1, -1, 1, 0,
                                  static_cast<std::int32_t>(12157665459056928801u)});
  CHECK(binary_values<std::uint8_t>(kernels::elementwise<kernels::power>, {3}, {6}) ==
        std::vector<std::uint8_t>{729 % 256});
  CHECK(binary_values<double>(kernels::elementwise<kernels::power>, {2, 9, 2, -8},
                              {0.5, -0.5, -1, 3}) ==
        std::vector<double>{std::sqrt(2.0), 1 / 3.0, 0.5, -512});
}

TEMPLATE_TEST_CASE("roots and quotients of floating types agree with the standard library", "",
                   float, double) {
  using T = TestType;
  const HostArray x = generate<T>({5000}, [](std::int64_t i) { return 0.003 * double(i) + 0.01; });
  const auto check = [&](Kernel kernel, auto reference) {
    const HostArray out = run_one(kernel, {x}, {{5000}, dtype_of<T>()});
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < 5000; ++i) wrong += out.at<T>(i) != reference(x.at<T>(i));
    CHECK(wrong == 0);
  };
  check(kernels::elementwise<kernels::square_root>, [](T v) { return std::sqrt(v); });
  check(kernels::elementwise<kernels::reciprocal_square_root>,
        [](T v) { return 1 / std::sqrt(v); });
  check(kernels::elementwise<kernels::negative>, [](T v) { return -v; });
  const HostArray divided =
      run_one(kernels::elementwise<kernels::divide>, {x, generate<T>({}, [](auto) { return 3; })},
              {{5000}, dtype_of<T>()});
  CHECK(divided.at<T>(4321) == x.at<T>(4321) / 3);
  CHECK_THROWS_AS(unary_values<std::int32_t>(kernels::elementwise<kernels::exponential>, {1}),
                  InternalError);
}

TEST_CASE("the square root of a negative number is NaN") {
  const auto roots =
      unary_values<float>(kernels::elementwise<kernels::square_root>, {-1, -4, -9, -1e-30f, 4});
  CHECK(std::all_of(roots.begin(), roots.end() - 1, [](float x) { return std::isnan(x); }));
  CHECK(roots.back() == 2);
}

TEST_CASE("a unary kernel broadcasts its input") {
  const HostArray x = array_of<float>({3, 1}, {1, 2, 3});
  CHECK(run_one(kernels::elementwise<kernels::negative>, {x}, {{3, 2}, float32}).values<float>() ==
        std::vector<float>{-1, -1, -2, -2, -3, -3});
}

TEST_CASE("an output in the memory of an input gets the same values") {
  const auto make = [](std::int64_t i) { return 0.25 * double(i % 1000); };
  const HostArray a = generate<float>({270001}, make), b = generate<float>({270001}, make);
  const HostArray expected =
      run_one(kernels::elementwise<kernels::add>, {a, b}, {{270001}, float32});
  const std::vector<Array> inputs{a.array(), b.array()}, outputs{a.array()};
  const ParallelFor parallel_for = run_reversed_pieces;
  kernels::elementwise<kernels::add>({inputs, outputs, nullptr, parallel_for});
  CHECK(a.has_same_bits(expected));
}

TEST_CASE("comparison with NaN is false") {
  const HostArray a = vector_of<float>({kNaN, kNaN, 1, 0.0f}),
                  b = vector_of<float>({kNaN, 1, kNaN, -0.0f});
  const std::vector<bool> only_zeros{false, false, false, true};
  CHECK(run_one(kernels::elementwise<kernels::equal>, {a, b}, {{4}, bool_}).values<bool>() ==
        only_zeros);
  CHECK(run_one(kernels::elementwise<kernels::less_equal>, {a, b}, {{4}, bool_}).values<bool>() ==
        only_zeros);
  CHECK(run_one(kernels::elementwise<kernels::less>, {a, b}, {{4}, bool_}).values<bool>() ==
        std::vector<bool>(4));
}

TEMPLATE_TEST_CASE("where broadcasts all three operands", "", bool, std::uint8_t, std::int32_t,
                   std::int64_t, std::uint32_t, float16_t, float, double) {
  using T = TestType;
  const std::vector<std::array<Shape, 3>> cases = {
      {Shape{5000}, Shape{5000}, Shape{5000}}, {Shape{5000}, Shape{5000}, Shape{}},
      {Shape{5000}, Shape{}, Shape{5000}},     {Shape{5000}, Shape{}, Shape{1}},
      {Shape{}, Shape{5000}, Shape{5000}},     {Shape{70, 1}, Shape{70, 90}, Shape{90}},
      {Shape{90}, Shape{70, 1}, Shape{1, 90}}, {Shape{3, 0}, Shape{}, Shape{3, 1}},
  };
  for (const auto& [c, a, b] : cases) {
    const Shape shape = broadcast_shapes(broadcast_shapes(c, a, "test"), b, "test");
    INFO(to_string(c) << " " << to_string(a) << " " << to_string(b));
    const HostArray condition = generate<bool>(c, [](std::int64_t i) { return i % 3 == 0; });
    const HostArray x = generate<T>(a, [](std::int64_t i) { return i % 11; });
    const HostArray y = generate<T>(b, [](std::int64_t i) { return i % 7 == 0; });
    const HostArray out =
        run_one(kernels::elementwise<kernels::where>, {condition, x, y}, {shape, dtype_of<T>()});
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < shape.size(); ++i) {
      const T expected = condition.at<bool>(broadcast_place(c, shape, i))
                             ? x.at<T>(broadcast_place(a, shape, i))
                             : y.at<T>(broadcast_place(b, shape, i));
      wrong += out.at<T>(i) != expected;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("casts saturate from floating types and wrap between integers") {
  constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
  const std::vector<float> floats{2.9f, -2.9f, 3e9f, -3e9f, kInfinity, -kInfinity, kNaN};
  CHECK(cast_values<std::int32_t, float>(floats) ==
        std::vector<std::int32_t>{2, -2, kMax, kMin, kMax, kMin, 0});
  CHECK(cast_values<std::uint8_t, float>(floats) ==
        std::vector<std::uint8_t>{2, 0, 255, 0, 255, 0, 0});
  CHECK(cast_values<std::uint32_t, double>({4294967295.0, 4294967296.0, -0.5}) ==
        std::vector<std::uint32_t>{4294967295u, 4294967295u, 0});
  CHECK(cast_values<std::int64_t, double>({9.3e18, -9.3e18, -1e15}) ==
        std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::max(),
                                  std::numeric_limits<std::int64_t>::min(), -1000000000000000});
  CHECK(cast_values<std::int32_t, double>({2147483647.0, 2147483648.0, -2147483648.9}) ==
        std::vector<std::int32_t>{kMax, kMax, kMin});
  CHECK(cast_values<bool, float>({0, -0.0f, 0.5f, kNaN}) ==
        std::vector<bool>{false, false, true, true});
  CHECK(cast_values<bool, std::int32_t>({0, 256}) == std::vector<bool>{false, true});
  CHECK(cast_values<std::uint8_t, std::int32_t>({-1, 256, 511}) ==
        std::vector<std::uint8_t>{255, 0, 255});
  CHECK(cast_values<std::int32_t, std::int64_t>({4294967297}) == std::vector<std::int32_t>{1});
  CHECK(cast_values<std::int32_t, std::uint32_t>({4294967295u}) == std::vector<std::int32_t>{-1});
  CHECK(cast_values<std::int64_t, std::uint32_t>({4294967295u}).front() == 4294967295);
  CHECK(cast_values<float, bool>({false, true}) == std::vector<float>{0, 1});
  CHECK(cast_values<double, std::int32_t>({kMin}) == std::vector<double>{-2147483648.0});
}

TEST_CASE("every pair of types casts a small number and an empty tensor") {
  for (const DType from : kAllDTypes) {
    for (const DType to : kAllDTypes) {
      const HostArray one = run_one(kernels::elementwise<kernels::cast>,
                                    {generate<bool>({2}, [](auto) { return true; })}, {{2}, from});
      const HostArray out = run_one(kernels::elementwise<kernels::cast>, {one}, {{2}, to});
      CHECK(cast_values<std::int32_t>(std::vector<bool>{true}).front() == 1);
      CHECK(run_one(kernels::elementwise<kernels::cast>, {out}, {{2}, int32}).at<std::int32_t>(1) ==
            1);
      run_one(kernels::elementwise<kernels::cast>, {HostArray({{0, 3}, from})}, {{0, 3}, to});
    }
  }
}

TEST_CASE("fill and iota write every element in every type") {
  for (const DType dtype : kAllDTypes) {
    visit_dtype(dtype, [&](auto zero) {
      using T = decltype(zero);
      const kernels::FillAttributes attributes{.floating = 1.5, .integer = 1};
      const HostArray filled = run_one(kernels::fill, {}, {{9000}, dtype}, attributes);
      const HostArray counted = run_one(kernels::iota, {}, {{9, 1000}, dtype});
      std::int64_t wrong = 0;
      for (std::int64_t i = 0; i < 9000; ++i) {
        wrong += filled.at<T>(i) != (is_floating(dtype) ? static_cast<T>(1.5) : T{1});
        wrong += counted.at<T>(i) != static_cast<T>(i);
      }
      CHECK(wrong == 0);
      run_one(kernels::iota, {}, {{0}, dtype});
    });
  }
}

TEST_CASE("the inverse error function matches values of 20 digits") {
  struct Known {
    double x, y;
  };
  // Computed with 40 digits from the double nearest to x.
  const std::vector<Known> table = {
      {0.5, 0.4769362762044698734},          {-0.5, -0.4769362762044698734},
      {1e-10, 8.862269254527580459e-11},     {1e-300, 8.862269254527580359e-301},
      {0.1, 0.08885599049425769197},         {0.25, 0.2253120550121781047},
      {0.9, 1.163087153676674163},           {-0.99, -1.821386367718449456},
      {0.999, 2.326753765513524494},         {0.9966, 2.071150939906552692},
      {0.999999, 3.458910737275498778},      {0.49999, 0.4769251504153165835},
      {0.50001, 0.4769474021116977365},      {1 - 0x1p-20, 3.465505025803330717},
      {1 - 0x1p-30, 4.328028275800946455},   {1 - 0x1p-40, 5.051254085249389967},
      {1 - 0x1p-50, 5.68612844131039098},    {1 - 0x1p-53, 5.863584748755167927},
      {-1 + 0x1p-53, -5.863584748755167927}, {0, 0}};
  for (const auto& [x, y] : table) {
    INFO("x = " << x);
    // A few units in the last place of a double, from erf and exp.
    CHECK(std::fabs(
              unary_values<double>(kernels::elementwise<kernels::inverse_error_function>, {x})[0] -
              y) <= 1e-14 * std::fabs(y));
  }
  for (const float x : {-0.999999f, -0.9f, -0.3f, 1e-6f, 0.5f, 0.99f, 0.9966f, 0.99999994f}) {
    INFO("x = " << x);
    const double exact =
        unary_values<double>(kernels::elementwise<kernels::inverse_error_function>, {x})[0];
    // Giles states 3.5e-7 relative for his single-precision coefficients; rounding adds as much.
    CHECK(std::fabs(
              unary_values<float>(kernels::elementwise<kernels::inverse_error_function>, {x})[0] -
              exact) <= 7e-7 * std::fabs(exact));
  }
}

TEMPLATE_TEST_CASE("the inverse error function is infinite at one and NaN beyond", "", float,
                   double) {
  const auto values = unary_values<TestType>(kernels::elementwise<kernels::inverse_error_function>,
                                             {1, -1, TestType(1.5), TestType(-2)});
  CHECK(values[0] == std::numeric_limits<TestType>::infinity());
  CHECK(values[1] == -std::numeric_limits<TestType>::infinity());
  CHECK(std::isnan(values[2]));
  CHECK(std::isnan(values[3]));
}

}  // namespace linseed
