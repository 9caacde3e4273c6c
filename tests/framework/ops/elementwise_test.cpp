// Element-wise operations: values, types, and errors.
#include <linseed/framework/ops/elementwise.h>

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

bool is_nan(const Tensor& x) { return std::isnan(x.item<double>()); }

/// Checks f of one number in both floating types, to `ulps` units in the last place of 1.
template <class F, class G>
void check_function(F f, G expected, std::initializer_list<double> points, double ulps) {
  for (const double x : points) {
    INFO("at " << x);
    const double scale = std::max(1.0, std::abs(expected(x)));
    CHECK(std::abs(f(Tensor(x)).template item<double>() - expected(x)) <= ulps * 0x1p-52 * scale);
    const auto narrow = static_cast<float>(x);
    const double wanted = expected(static_cast<double>(narrow));
    CHECK(std::abs(f(Tensor(narrow)).template item<double>() - wanted) <=
          ulps * 0x1p-23 * std::max(1.0, std::abs(wanted)));
  }
}

}  // namespace

TEST_CASE("arithmetic works element by element and broadcasts") {
  const Tensor a = Tensor::from({1.F, 2.F, 3.F, 4.F}, {2, 2});
  const Tensor b = vector({10, 20});
  CHECK(values(a + b) == Numbers{11, 22, 13, 24});
  CHECK(values(a - b) == Numbers{-9, -18, -7, -16});
  CHECK(values(a * b) == Numbers{10, 40, 30, 80});
  CHECK(values(b / a) == Numbers{10, 10, 10.F / 3.F, 5});
  CHECK(values(-a) == Numbers{-1, -2, -3, -4});
  CHECK(values(1 - a) == Numbers{0, -1, -2, -3});
  CHECK(values(maximum(a, 2.5F)) == Numbers{2.5, 2.5, 3, 4});
  CHECK(values(minimum(a, b - 8)) == Numbers{1, 2, 2, 4});
  CHECK(values(pow(a, 2)) == Numbers{1, 4, 9, 16});
  CHECK(values(abs(vector({-1, 0, 2}))) == Numbers{1, 0, 2});
  CHECK(values(sign(vector({-3, 0, 2}))) == Numbers{-1, 0, 1});
}

TEST_CASE("functions of one number have the values of the C++ library's") {
  // Two units: one of the function, one of the reference's own rounding.
  check_function(
      exp, [](double x) { return std::exp(x); }, {-20, -1, 0, 0.5, 3}, 2);
  check_function(
      log, [](double x) { return std::log(x); }, {1e-6, 0.5, 1, 3, 1e6}, 2);
  check_function(
      sqrt, [](double x) { return std::sqrt(x); }, {0, 0.5, 2, 1e6}, 1);
  check_function(
      rsqrt, [](double x) { return 1 / std::sqrt(x); }, {0.1, 0.5, 2, 1e6}, 2);
  check_function(
      tanh, [](double x) { return std::tanh(x); }, {-20, -1, 0, 1e-4, 0.5, 3}, 2);
  check_function(
      sin, [](double x) { return std::sin(x); }, {-100, -1, 0, 1e-4, 0.5, 3}, 2);
  check_function(
      cos, [](double x) { return std::cos(x); }, {-100, -1, 0, 1e-4, 0.5, 3}, 2);
  // erf is flat in the tails, so the point is recovered only to a multiple of its slope's inverse.
  for (const double y : {-2.5, -1.0, -0.1, 0.0, 0.3, 2.0}) {
    CHECK(erf_inv(Tensor(std::erf(y))).item<double>() == Approx(y).epsilon(1e-12).margin(1e-15));
    CHECK(erf_inv(Tensor(static_cast<float>(std::erf(y)))).item<double>() ==
          Approx(y).epsilon(1e-4).margin(1e-7));
  }
}

TEST_CASE("functions at the border of their domain give infinities and NaN") {
  CHECK(log(Tensor(0.F)).item<float>() == -kInf);
  CHECK(is_nan(log(Tensor(-1.F))));
  CHECK(is_nan(sqrt(Tensor(-1.F))));
  CHECK(exp(Tensor(1000.F)).item<float>() == kInf);
  CHECK(exp(Tensor(-kInf)).item<float>() == 0);
  CHECK(erf_inv(Tensor(1.F)).item<float>() == kInf);
  CHECK(is_nan(erf_inv(Tensor(1.5F))));
  CHECK(rsqrt(Tensor(0.F)).item<float>() == kInf);
  CHECK((Tensor(1.F) / 0).item<float>() == kInf);
  CHECK(tanh(Tensor(kInf)).item<float>() == 1);
}

TEST_CASE("NaN wins a maximum and a minimum, and equals nothing") {
  const Tensor nan = Tensor(kNaN);
  CHECK(is_nan(maximum(nan, 1)));
  CHECK(is_nan(maximum(1, nan)));
  CHECK(is_nan(minimum(nan, 1)));
  CHECK_FALSE(equal(nan, nan).item<bool>());
  CHECK(not_equal(nan, nan).item<bool>());
  CHECK_FALSE((nan < 1).item<bool>());
  CHECK_FALSE((nan >= 1).item<bool>());
  CHECK(is_nan(sign(nan)));
}

TEST_CASE("comparisons give bool") {
  const Tensor a = vector({1, 2, 3});
  CHECK(values(a < 2) == Numbers{1, 0, 0});
  CHECK(values(a <= 2) == Numbers{1, 1, 0});
  CHECK(values(a > 2) == Numbers{0, 0, 1});
  CHECK(values(a >= 2) == Numbers{0, 1, 1});
  CHECK(values(equal(a, 2)) == Numbers{0, 1, 0});
  CHECK(values(not_equal(a, 2)) == Numbers{1, 0, 1});
  CHECK((a < 2).dtype() == bool_);
  CHECK(values(is_finite(Tensor::from({1.F, kInf, -kInf, kNaN}, {4}))) == Numbers{1, 0, 0, 0});
  CHECK(values(is_finite(Tensor::from({1, 2}, {2}))) == Numbers{1, 1});
}

TEST_CASE("logic works on bool, and on numbers by comparing them with zero") {
  const Tensor a = Tensor::from({true, true, false, false}, {4});
  const Tensor b = Tensor::from({2.F, 0.F, -1.F, 0.F}, {4});
  CHECK(values(logical_and(a, b)) == Numbers{1, 0, 0, 0});
  CHECK(values(logical_or(a, b)) == Numbers{1, 1, 1, 0});
  CHECK(values(logical_not(b)) == Numbers{0, 1, 0, 1});
  CHECK(logical_not(b).dtype() == bool_);
}

TEST_CASE("where chooses, broadcasts, and does not mix in what it leaves out") {
  const Tensor c = Tensor::from({true, false}, {2, 1});
  CHECK(values(where(c, vector({1, 2}), 0)) == Numbers{1, 2, 0, 0});
  CHECK(values(where(vector({0, 5}), 1, 2)) == Numbers{2, 1});
  CHECK(where(c, 1, 2).dtype() == int32);
  CHECK(where(c, 1, 2.5).dtype() == float32);
  CHECK(values(where(Tensor(true), 1.F, Tensor(kNaN))) == Numbers{1});
}

TEST_CASE("integers divide in float32, and round towards minus infinity in floor_divide") {
  const Tensor a = Tensor::from({7, -7, 7, 5}, {4});
  const Tensor b = Tensor::from({2, 2, -2, 0}, {4});
  CHECK((a / b).dtype() == float32);
  CHECK((a / b).data<float>()[1] == -3.5F);
  CHECK(values(floor_divide(a, b)) == Numbers{3, -4, -4, 0});
  CHECK(floor_divide(a, b).dtype() == int32);
  CHECK(values(floor_divide(vector({7, -7}), 2)) == Numbers{3, -4});
  const std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
  CHECK_NOTHROW(floor_divide(Tensor(lowest), -1).item<int>());
}

TEST_CASE("integer arithmetic wraps") {
  CHECK((Tensor(std::numeric_limits<std::int32_t>::max()) + 1).item<std::int32_t>() ==
        std::numeric_limits<std::int32_t>::min());
  CHECK((Tensor(std::uint8_t{200}) + Tensor(std::uint8_t{100})).item<int>() == 44);
  CHECK((Tensor(std::uint32_t{0}) - 1).item<std::uint32_t>() == 0xffffffffU);
  CHECK(pow(Tensor(3), 4).item<int>() == 81);
  CHECK(abs(Tensor(-3)).item<int>() == 3);
}

TEST_CASE("every pair of types meets in the table's type") {
  for (const DType a : kAllDTypes) {
    for (const DType b : kAllDTypes) {
      INFO(name(a) << " with " << name(b));
      const DType met = promote(a, b);
      const Tensor sum = full({2}, 1, a) + full({2}, 1, b);
      CHECK(sum.dtype() == (met == bool_ ? int32 : met));
      CHECK(values(sum) == Numbers{2, 2});
      CHECK(maximum(full({2}, 1, a), full({2}, 0, b)).dtype() == met);
      CHECK(values(maximum(full({2}, 1, a), full({2}, 0, b))) == Numbers{1, 1});
      CHECK(values(equal(full({2}, 1, a), full({2}, 1, b))) == Numbers{1, 1});
      const Tensor quotient = full({2}, 1, a) / full({2}, 1, b);
      CHECK(quotient.dtype() == (is_floating(met) ? met : float32));
    }
  }
}

TEST_CASE("a number takes the type of the tensor it meets") {
  for (const DType dtype : kAllDTypes) {
    INFO(name(dtype));
    const Tensor x = full({2}, 1, dtype);
    CHECK((x + 1).dtype() == (dtype == bool_ ? int32 : dtype));
    CHECK((1 - x).dtype() == (dtype == bool_ ? int32 : dtype));
    CHECK((x * 2.5).dtype() == (is_floating(dtype) ? dtype : float32));
    CHECK(values(x * 2.5) == Numbers{2.5, 2.5});
  }
  CHECK((Tensor(1.0) * 0.1).item<double>() == 0.1);
  CHECK((Tensor(std::int64_t{1} << 40) + 1).item<std::int64_t>() == (std::int64_t{1} << 40) + 1);
}

TEST_CASE("functions of floating numbers take integers as float32") {
  CHECK(exp(Tensor(0)).dtype() == float32);
  CHECK(sqrt(Tensor(true)).dtype() == float32);
  CHECK(exp(Tensor(0.0)).dtype() == float64);
}

TEST_CASE("conversion cuts towards zero and saturates") {
  const Tensor x = Tensor::from({2.7F, -2.7F, 1e20F, -1e20F, kNaN}, {5});
  CHECK(values(astype(x, int32)) == Numbers{2, -2, 2147483647, -2147483648.0, 0});
  CHECK(values(astype(x, uint8)) == Numbers{2, 0, 255, 0, 0});
  CHECK(values(astype(x, bool_)) == Numbers{1, 1, 1, 1, 1});
  CHECK(astype(Tensor(-1), uint32).item<std::uint32_t>() == 0xffffffffU);
  CHECK(astype(Tensor(300), uint8).item<int>() == 44);
  const Tensor same = vector({1});
  CHECK(astype(same, float32).node() == same.node());
}

TEST_CASE("shapes that do not fit are both named") {
  const Tensor a = zeros({2, 3});
  const Tensor b = zeros({4});
  const auto check = [](const std::string& who, const auto& f) {
    CHECK_THROWS_WITH(f(),
                      Catch::StartsWith(who) && Catch::Contains("[2,3]") && Catch::Contains("[4]"));
  };
  check("add", [&] { return a + b; });
  check("subtract", [&] { return a - b; });
  check("multiply", [&] { return a * b; });
  check("divide", [&] { return a / b; });
  check("floor_divide", [&] { return floor_divide(a, b); });
  check("pow", [&] { return pow(a, b); });
  check("maximum", [&] { return maximum(a, b); });
  check("minimum", [&] { return minimum(a, b); });
  check("equal", [&] { return equal(a, b); });
  check("less", [&] { return a < b; });
  check("less_equal", [&] { return a <= b; });
  check("where", [&] { return where(a, b, 0); });
}

TEST_CASE("creation fills, counts and copies shapes") {
  CHECK(values(full({2, 2}, 2.5F)) == Numbers{2.5, 2.5, 2.5, 2.5});
  CHECK(full({2}, 3).dtype() == int32);
  CHECK(full({2}, true).dtype() == int32);
  CHECK(full({2}, 2.7, int32).data<int>()[1] == 2);
  CHECK(values(full({2, 2}, vector({1, 2}))) == Numbers{1, 2, 1, 2});
  CHECK(values(arange(4)) == Numbers{0, 1, 2, 3});
  CHECK(arange(2, float64).dtype() == float64);
  CHECK(arange(0).size() == 0);
  CHECK(ones_like(zeros({2, 3}, uint8)).spec() == TensorSpec{{2, 3}, uint8});
  CHECK_THROWS_WITH(arange(-1), Catch::Contains("arange") && Catch::Contains("-1"));
  CHECK_THROWS_WITH(zeros({2, -1}), Catch::Contains("[2,-1]") && Catch::Contains("negative"));
}

}  // namespace linseed::test
