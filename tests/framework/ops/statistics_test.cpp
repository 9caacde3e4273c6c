// Products, norms and spreads: against JAX, at their edges, and their derivatives.
#include <linseed/framework/ops/statistics.h>

#include <cmath>
#include <functional>
#include <limits>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/golden/compositions.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/samples.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;
using Inputs = std::vector<Tensor>;
using Function = std::function<Tensor(const Tensor&)>;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A handful of float32 roundings of numbers near 1.
constexpr double kFloat = 1e-6;
// Exponents up to 100 carry their own rounding, 100 · 2⁻²⁴, into the derivative.
constexpr double kFloatOfLargeExponents = 2e-5;

template <std::size_t n, std::size_t m>
void check(const Function& f, const double (&expected)[n], const double (&gradient)[m],
           double tolerance = kFloat) {
  const Tensor x = uneven({2, 3, 4}, 1);
  check_golden(f(x), expected, tolerance);
  const Tensor weights = uneven(f(x).shape(), 9);
  const auto loss = [&](const Tensor& t) { return sum(f(t) * weights); };
  check_golden(grad(loss)(x), gradient, tolerance);
}

Numbers gradient_of(const Function& f, const Tensor& x) {
  return values(grad([&](const Tensor& t) { return sum(f(t)); })(x));
}

Tensor doubles(std::initializer_list<double> numbers) {
  return Tensor::from(numbers, {static_cast<std::int64_t>(numbers.size())});
}

}  // namespace

TEST_CASE("statistics and their derivatives equal JAX's") {
  using namespace golden;
  check([](const Tensor& x) { return prod(x); }, kProdAll, kProdAllGradient);
  check([](const Tensor& x) { return prod(x, 1); }, kProdMiddle, kProdMiddleGradient);
  check([](const Tensor& x) { return norm(x, 1, -1); }, kNormOne, kNormOneGradient);
  check([](const Tensor& x) { return norm(x, 2, 0); }, kNormTwo, kNormTwoGradient);
  check([](const Tensor& x) { return norm(x, kInf, 1); }, kNormInfinity, kNormInfinityGradient);
  check(
      [](const Tensor& x) {
        return logsumexp(x * 100, {0, 2});
      },
      kLogSumExp, kLogSumExpGradient, kFloatOfLargeExponents);
  check([](const Tensor& x) { return var(x, {0, 2}, 1); }, kVar, kVarGradient);
  check([](const Tensor& x) { return linseed::std(x, -1); }, kStd, kStdGradient);
}

TEST_CASE("derivatives of statistics equal differences") {
  const std::vector<Function> functions = {
      [](const Tensor& x) {
        return prod(x, {0, -1}, keepdims);
      },
      [](const Tensor& x) { return norm(x, 1, 1); },
      [](const Tensor& x) {
        return norm(x, 2, {0, 1});
      },
      [](const Tensor& x) { return norm(x, kInf, -1); },
      [](const Tensor& x) { return logsumexp(x, 1, keepdims); },
      [](const Tensor& x) {
        return var(x, {0, 2}, 1);
      },
      [](const Tensor& x) { return linseed::std(x, 1); }};
  for (std::size_t i = 0; i < functions.size(); ++i) {
    INFO("function " << i);
    const auto f = [&](const Inputs& x) { return functions[i](x[0]); };
    CHECK(first_derivative_error(f, {spread_values({2, 3, 2}, -2, 2)}).worst <= 1);
    CHECK(second_derivative_error(f, {spread_values({2, 3, 2}, -2, 2)}).worst <= 1);
  }
}

TEST_CASE("products of any number of factors, in every type") {
  double factorial = 1;
  for (int n = 1; n <= 12; ++n) {
    factorial *= n;
    CHECK(prod(arange(1, n + 1, 1, float64)).item<double>() == factorial);
  }
  CHECK(prod(zeros({0})).item<float>() == 1);
  CHECK(values(prod(zeros({2, 0}), 1)) == Numbers{1, 1});
  CHECK(prod(zeros({0, 3}), 1).shape() == Shape{0});
  CHECK(prod(Tensor(3.F)).item<float>() == 3);
  CHECK(prod(ones({2, 3, 4}), {0, 2}, keepdims).shape() == Shape{1, 3, 1});
  CHECK(prod(full({3}, 100, uint8)).item<int>() == 1000000 % 256);
  const Tensor both = prod(Tensor::from({true, true, false}, {3}));
  CHECK(both.dtype() == int32);
  CHECK(both.item<int>() == 0);
}

TEST_CASE("derivatives of products are right where factors are zero") {
  const Function total = [](const Tensor& x) { return prod(x); };
  CHECK(gradient_of(total, doubles({2, 0, 3, 5})) == Numbers{0, 30, 0, 0});
  CHECK(gradient_of(total, doubles({0, 0, 3})) == Numbers{0, 0, 0});
  CHECK(gradient_of([](const Tensor& x) { return prod(x); }, doubles({4})) == Numbers{1});
  // ∂²/∂x₀∂x₁ of x₀ x₁ x₂ at zeros of the first two.
  const auto f = [](const Inputs& x) { return prod(x[0]); };
  CHECK(second_derivative_error(f, {doubles({0, 0, 3})}).worst <= 1);
}

TEST_CASE("norms at their edges") {
  CHECK(norm(Tensor::from({3, 4}, {2})).item<float>() == 5);
  CHECK(norm(Tensor::from({3, 4}, {2})).dtype() == float32);
  CHECK(norm(zeros({0})).item<float>() == 0);
  CHECK(norm(zeros({2, 3}), 2, 0, keepdims).shape() == Shape{1, 3});
  CHECK(std::isnan(norm(doubles({1, kNaN})).item<double>()));
  CHECK(norm(doubles({1, -kInf})).item<double>() == kInf);
  for (const double order : {1.0, 2.0, kInf}) {
    const Function f = [=](const Tensor& x) { return norm(x, order); };
    CHECK(gradient_of(f, doubles({0, 0})) == Numbers{0, 0});
  }
  // Only the vector that is zero loses its derivative.
  const auto rows = [](const Tensor& x) { return sum(norm(x, 2, 1)); };
  check_golden(grad(rows)(Tensor::from({0.0, 0.0, 3.0, 4.0}, {2, 2})), {0.0, 0.0, 0.6, 0.8},
               2 * 0x1p-52);
  CHECK(fails<InvalidArgument>([] { return norm(zeros({2}), 3); },
                               {"norm", "order 3", "1, 2 and infinity"}) == "");
  CHECK(fails<InvalidArgument>([] { return norm(zeros({0}), kInf); }, {"empty"}) == "");
  CHECK(fails<InvalidArgument>([] { return norm(zeros({2}), 2, 1); }, {"axis 1"}) == "");
}

TEST_CASE("logsumexp neither overflows nor makes NaN of infinities") {
  const auto of = [](const Tensor& x) { return logsumexp(x).item<double>(); };
  CHECK(of(doubles({1000, 1000})) == 1000 + std::log(2));
  CHECK(of(doubles({-1000, -1000})) == -1000 + std::log(2));
  CHECK(of(doubles({-kInf, 3})) == 3);
  CHECK(of(doubles({-kInf, -kInf})) == -kInf);
  CHECK(of(doubles({kInf, 3})) == kInf);
  CHECK(std::isnan(of(doubles({kNaN, 3}))));
  CHECK(of(zeros({0})) == -kInf);
  CHECK(of(Tensor(2.0)) == 2);
  CHECK(logsumexp(zeros({2, 3}, int32), 1).dtype() == float32);
  CHECK(logsumexp(zeros({2, 3}), 1, keepdims).shape() == Shape{2, 1});
  CHECK(logsumexp(zeros({0, 3}), 1).shape() == Shape{0});
  CHECK(values(logsumexp(zeros({2, 0}), 1)) == Numbers{-kInf, -kInf});
  const Function total = [](const Tensor& x) { return logsumexp(x, -1); };
  CHECK(gradient_of(total, doubles({-kInf, 3})) == Numbers{0, 1});
  CHECK(gradient_of(total, doubles({-kInf, -kInf})) == Numbers{0, 0});
}

TEST_CASE("variances far from zero are exact, and of too few numbers NaN") {
  // 1e4 squared needs 27 bits: E[x^2] - E[x]^2 has no correct digit of the variance 1.25.
  const Tensor x = vector({10001, 10002, 10003, 10004});
  CHECK(var(x).item<float>() == 1.25F);
  CHECK(var(x, {}, 1).item<float>() == 5.F / 3.F);
  CHECK(linseed::std(vector({1, 3})).item<float>() == 1);
  CHECK(var(arange(4)).item<float>() == 1.25F);
  CHECK(var(zeros({2, 3}), 1, 0, keepdims).shape() == Shape{2, 1});
  CHECK(std::isnan(var(Tensor(3.F), {}, 1).item<float>()));
  CHECK(std::isnan(var(vector({1, 3}), {}, 3).item<float>()));
  CHECK(std::isnan(linseed::std(zeros({0})).item<float>()));
  CHECK(var(Tensor(3.F)).item<float>() == 0);
  CHECK(var(zeros({0, 3}), 1).shape() == Shape{0});
  const Function spread = [](const Tensor& t) { return linseed::std(t); };
  CHECK(gradient_of(spread, doubles({2, 2, 2})) == Numbers{0, 0, 0});
  CHECK(fails<InvalidArgument>([&] { return var(x, 1); }, {"var", "axis 1"}) == "");
}

}  // namespace linseed::test
