// Convolution, plain and transposed, and its derivatives, as PyTorch computes them.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/ops/convolution.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/tests/support/golden_file.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

// Inputs are multiples of 2⁻²³ below 1, so their products, and sums of up to 64, are exact in
// float64, in whatever order. In float32 each of some 50 additions rounds.
constexpr double kFloat64 = 0;
constexpr double kFloat32 = 1e-6;

void check_case(const GoldenCase& golden, DType dtype, double tolerance) {
  const ConvolutionOptions options{.strides = golden.shape("strides"),
                                   .padding = golden.padding("padding"),
                                   .input_dilation = golden.shape("input_dilation"),
                                   .kernel_dilation = golden.shape("kernel_dilation"),
                                   .groups = golden.integer("groups")};
  using Arguments = std::pair<Tensor, Tensor>;
  const Arguments at(astype(uneven(golden.shape("x"), 1), dtype),
                     astype(uneven(golden.shape("kernel"), 2), dtype));
  const auto [y, pullback] =
      vjp([&](const Arguments& a) { return convolution(a.first, a.second, options); }, at);
  REQUIRE(y.shape() == golden["y"].shape());
  const auto [dx, dkernel] = pullback(astype(uneven(y.shape(), 3), dtype));
  CHECK(golden_deviation(y, golden["y"]) <= tolerance);
  CHECK(golden_deviation(dx, golden["x_gradient"]) <= tolerance);
  CHECK(golden_deviation(dkernel, golden["kernel_gradient"]) <= tolerance);
}

}  // namespace

TEST_CASE("convolution and its derivatives equal PyTorch's") {
  const auto cases = golden_cases("convolution.h5");
  CHECK(cases.size() == 112);
  for (const GoldenCase& golden : cases) {
    INFO(golden.name);
    check_case(golden, float64, kFloat64);
    check_case(golden, float32, kFloat32);
  }
}

}  // namespace linseed::test
