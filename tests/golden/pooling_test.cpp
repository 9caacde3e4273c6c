// Pooling and its derivative, as PyTorch computes them.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/pooling.h>
#include <linseed/tests/support/golden_file.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

// Sums of at most 12 multiples of 2⁻²³ below 1, exact in float64, and a division.
constexpr double kFloat64 = 0x1p-52;
constexpr double kFloat32 = 5e-7;

using Pool = Tensor (*)(const Tensor&, const Shape&, const Shape&, const Padding&);

Pool pool_of(const std::string& kind) {
  if (kind == "max") return max_pool;
  if (kind == "min") return min_pool;
  REQUIRE(kind == "avg");
  return avg_pool;
}

void check_case(const GoldenCase& golden, DType dtype, double tolerance) {
  const auto levels = golden.integer("levels");
  Tensor x = astype(uneven(golden.shape("x"), 1), dtype);
  if (levels != 0) x = floor(x * levels);
  const Pool pool_kind = pool_of(golden.text("kind"));
  const auto [y, pullback] = vjp(
      [&](const Tensor& at) {
        return pool_kind(at, golden.shape("window"), golden.shape("strides"),
                         golden.padding("padding"));
      },
      x);
  REQUIRE(y.shape() == golden["y"].shape());
  CHECK(golden_deviation(y, golden["y"]) <= tolerance);
  const Tensor dx = pullback(astype(uneven(y.shape(), 3), dtype));
  CHECK(golden_deviation(dx, golden["x_gradient"]) <= tolerance);
}

}  // namespace

TEST_CASE("pooling and its derivative equal PyTorch's, among ties as well") {
  const auto cases = golden_cases("pooling.h5");
  CHECK(cases.size() == 48);
  for (const GoldenCase& golden : cases) {
    INFO(golden.name);
    check_case(golden, float64, kFloat64);
    check_case(golden, float32, kFloat32);
  }
}

}  // namespace linseed::test
