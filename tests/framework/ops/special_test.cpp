// The error function, exp and log near 0 and 1, rounding, clipping: values, types, derivatives.
#include <cmath>
#include <limits>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/golden/compositions.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/samples.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;

// Two roundings of numbers near 1 and of the library's own.
constexpr double kFloat64 = 4 * 0x1p-52;
constexpr double kFloat32 = 4 * 0x1p-23;
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Tensor points() {
  return Tensor::from({-3.0, -1.5, -0.5, -1e-10, 0.0, 1e-5, 0.3, 1.0, 2.0, 5.0}, {10});
}

Tensor halves() { return Tensor::from({-2.5, -1.5, -0.5, -0.2, 0.5, 0.7, 1.5, 2.5, 3.5}, {9}); }

}  // namespace

TEST_CASE("functions of one number equal SciPy's") {
  check_golden(erf(points()), golden::kErf, kFloat64);
  check_golden(expm1(points()), golden::kExpm1, kFloat64);
  check_golden(log1p(slice(points(), {2}, {10})), golden::kLog1p, kFloat64);
  check_golden(tan(points()), golden::kTan, kFloat64);
  const Tensor narrow = astype(points(), float32);
  check_golden(erf(narrow), golden::kErf, kFloat32);
  check_golden(expm1(narrow), golden::kExpm1, kFloat32);
}

TEST_CASE("expm1 and log1p keep the digits of small numbers") {
  // exp(x) − 1 and log(1 + x) would give 0; x² / 2 is below a rounding of x.
  const float small = 1e-10F;
  CHECK(expm1(Tensor(small)).item<float>() == small);
  CHECK(log1p(Tensor(small)).item<float>() == small);
  CHECK(log1p(Tensor(-1.F)).item<float>() == -kInf);
  // y + 1, written for exp(x) in the derivative of expm1, would be 0 here.
  CHECK(grad(expm1)(Tensor(-40.F)).item<float>() == exp(Tensor(-40.F)).item<float>());
}

TEST_CASE("rounding equals NumPy's, halves to even") {
  check_golden(floor(halves()), golden::kFloor, 0);
  check_golden(ceil(halves()), golden::kCeil, 0);
  check_golden(round(halves()), golden::kRound, 0);
  check_golden(round(astype(halves(), float32)), golden::kRound, 0);
  CHECK(values(ceil(vector({kInf, -kInf}))) == Numbers{kInf, -kInf});
  CHECK(std::isnan(ceil(vector({kNaN})).item<float>()));
}

TEST_CASE("whole numbers stay as they are, other functions turn them into float32") {
  for (const DType dtype : {bool_, uint8, int32, int64, uint32}) {
    const Tensor x = ones({2}, dtype);
    for (const auto f : {floor, ceil, round}) CHECK(f(x).node() == x.node());
    for (const auto f : {erf, expm1, log1p, tan}) CHECK(f(x).dtype() == float32);
  }
  CHECK(square(Tensor(3)).dtype() == int32);
  CHECK(square(Tensor(3)).item<int>() == 9);
}

TEST_CASE("the derivative of rounding is zero, not an error") {
  for (const auto f : {floor, ceil, round}) {
    const auto loss = [&](const Tensor& x) { return sum(f(x) * 3.F + x); };
    CHECK(values(grad(loss)(vector({0.5, 1, -2.5}))) == Numbers{1, 1, 1});
  }
}

TEST_CASE("derivatives of square and tan equal differences") {
  for (const auto f : {square, tan}) {
    const auto apply_f = [f](const std::vector<Tensor>& x) { return f(x[0]); };
    CHECK(first_derivative_error(apply_f, {spread_values({5}, -1, 1)}).worst <= 1);
    CHECK(second_derivative_error(apply_f, {spread_values({5}, -1, 1)}).worst <= 1);
  }
}

TEST_CASE("clip equals JAX's, and passes the cotangent inside of the bounds") {
  const Tensor x = uneven({3, 4}, 1);
  check_golden(clip(x, -0.5, 0.25), golden::kClip, 0);
  const Tensor weights = uneven({3, 4}, 9);
  const auto loss = [&](const Tensor& t) { return sum(clip(t, -0.5, 0.25) * weights); };
  check_golden(grad(loss)(x), golden::kClipGradient, 0);
  const auto total = [](const Tensor& t) { return sum(clip(t, 0, 1)); };
  CHECK(values(grad(total)(vector({-1, 0, 0.5, 1, 2}))) == Numbers{0, 0.5, 1, 0.5, 0});
}

TEST_CASE("clip takes bounds that are numbers or tensors, in the type where all meet") {
  const Tensor x = Tensor::from({-5, 3, 9}, {3});
  CHECK(values(clip(x, 0, 4)) == Numbers{0, 3, 4});
  CHECK(clip(x, 0, 4).dtype() == int32);
  CHECK(clip(x, 0, 4.5).dtype() == float32);
  CHECK(values(clip(x, Tensor::from({-9, 4, 0}, {3}), 8)) == Numbers{-5, 4, 8});
  CHECK(values(clip(x, 4, 2)) == Numbers{2, 2, 2});  // the upper bound wins, as in NumPy
  CHECK(std::isnan(clip(vector({kNaN}), 0, 1).item<float>()));
  CHECK_THROWS_WITH(clip(x, zeros({2}), 1), Catch::Contains("[3]") && Catch::Contains("[2]"));
}

}  // namespace linseed::test
