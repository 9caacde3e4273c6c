// The layer ConvTranspose and its derivatives, as JAX computes them.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/modules/conv_transpose.h>
#include <linseed/tests/support/golden_file.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

// As in convolution_test.cpp: exact in float64.
constexpr double kFloat64 = 0;
constexpr double kFloat32 = 1e-6;

void check_case(const GoldenCase& golden, DType dtype, double tolerance) {
  const nn::ConvTranspose layer{.features = static_cast<int>(golden["y"].dim(-1)),
                                .kernel_size = golden.shape("size"),
                                .strides = golden.shape("strides"),
                                .padding = golden.padding("padding"),
                                .kernel_dilation = golden.shape("kernel_dilation"),
                                .bias = false,
                                .dtype = dtype};
  using Arguments = std::pair<Tensor, Tensor>;
  const Arguments at(astype(uneven(golden.shape("x"), 1), dtype),
                     astype(uneven(golden["kernel_gradient"].shape(), 2), dtype));
  const auto [y, pullback] = vjp(
      [&](const Arguments& a) {
        return layer.call({{"kernel", a.second}}, a.first);
      },
      at);
  REQUIRE(y.shape() == golden["y"].shape());
  const auto [dx, dkernel] = pullback(astype(uneven(y.shape(), 3), dtype));
  CHECK(golden_deviation(y, golden["y"]) <= tolerance);
  CHECK(golden_deviation(dx, golden["x_gradient"]) <= tolerance);
  CHECK(golden_deviation(dkernel, golden["kernel_gradient"]) <= tolerance);
}

}  // namespace

TEST_CASE("transposed convolution and its derivatives equal JAX's") {
  const auto cases = golden_cases("transposed.h5");
  CHECK(cases.size() == 54);
  for (const GoldenCase& golden : cases) {
    INFO(golden.name);
    check_case(golden, float64, kFloat64);
    check_case(golden, float32, kFloat32);
  }
}

}  // namespace linseed::test
