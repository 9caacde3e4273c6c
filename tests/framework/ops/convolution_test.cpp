// Convolution: sizes, values and derivatives as in JAX, and errors.
#include <linseed/framework/ops/convolution.h>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/golden/ops.h>
#include <linseed/tests/golden/windows.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>

namespace linseed::test {
namespace {

// Sums of up to 24 products of numbers below 1, in float32, in another order than XLA's.
constexpr double kSums = 2e-6;

/// Checks y and both derivatives of Σ w y against JAX.
void check_convolution(const Shape& x, const Shape& kernel, const ConvolutionOptions& options,
                       DType dtype, double tolerance, const auto& y, const auto& dx,
                       const auto& dkernel) {
  const std::pair inputs(astype(uneven(x, 1), dtype), astype(uneven(kernel, 2), dtype));
  const auto conv = [&](const auto& in) { return convolution(in.first, in.second, options); };
  check_golden(conv(inputs), y, tolerance);
  const Tensor weights = uneven(conv(inputs).shape(), 3);
  const auto gradients = grad([&](const auto& in) { return sum(conv(in) * weights); })(inputs);
  check_golden(gradients.first, dx, tolerance);
  check_golden(gradients.second, dkernel, tolerance);
}

/// The geometries of make_ops.py, in float32.
void check_plane(const ConvolutionOptions& options, const auto&... golden) {
  check_convolution({1, 5, 4, 2}, {3, 2, 2, 2}, options, float32, kSums, golden...);
}

/// Those of make_windows.py, in float64, where sums of a hundred terms are good to this.
void check_window(const Shape& x, const Shape& kernel, const ConvolutionOptions& options,
                  const auto&... golden) {
  check_convolution(x, kernel, options, float64, 1e-13, golden...);
}

Shape shape_of(Shape x, Shape kernel, const ConvolutionOptions& options) {
  return convolution(zeros(std::move(x)), zeros(std::move(kernel)), options).shape();
}

Shape shape_of(Shape x, Shape kernel, const Shape& strides, const Padding& padding) {
  return shape_of(std::move(x), std::move(kernel), {.strides = strides, .padding = padding});
}

}  // namespace

TEST_CASE("convolution and its derivatives equal JAX's") {
  using namespace golden;
  check_plane({}, kConvSame, kConvSameInputGradient, kConvSameKernelGradient);
  check_plane({.strides = {2, 3}}, kConvSameStrided, kConvSameStridedInputGradient,
              kConvSameStridedKernelGradient);
  check_plane({.strides = {2, 1}, .padding = "VALID"}, kConvValid, kConvValidInputGradient,
              kConvValidKernelGradient);
  check_plane({.strides = {1, 2}, .padding = {{1, 2}, {0, 1}}}, kConvPairs, kConvPairsInputGradient,
              kConvPairsKernelGradient);
}

TEST_CASE("convolution over one and three dimensions equals JAX's") {
  using namespace golden;
  check_window({2, 7, 2}, {3, 2, 3}, {.strides = {2}}, kConvLine, kConvLineInputGradient,
               kConvLineKernelGradient);
  check_window({1, 6, 2}, {2, 2, 2},
               {.padding = {{2, 1}}, .input_dilation = {2}, .kernel_dilation = {3}},
               kConvLineDilated, kConvLineDilatedInputGradient, kConvLineDilatedKernelGradient);
  check_window({1, 3, 4, 3, 2}, {2, 3, 2, 2, 2}, {.strides = {2, 1, 2}}, kConvVolume,
               kConvVolumeInputGradient, kConvVolumeKernelGradient);
  check_window({1, 2, 4, 3, 1}, {2, 2, 2, 1, 2},
               {.padding = {{0, 1}, {1, 0}, {1, 2}},
                .input_dilation = {2, 1, 1},
                .kernel_dilation = {1, 3, 2}},
               kConvVolumeDilated, kConvVolumeDilatedInputGradient,
               kConvVolumeDilatedKernelGradient);
}

TEST_CASE("dilated convolution equals JAX's") {
  using namespace golden;
  check_window({1, 6, 5, 2}, {2, 3, 2, 2}, {.strides = {2, 1}, .kernel_dilation = {3, 2}},
               kConvKernelDilated, kConvKernelDilatedInputGradient,
               kConvKernelDilatedKernelGradient);
  check_window({1, 3, 4, 2}, {3, 2, 2, 2},
               {.strides = {1, 2}, .padding = {{1, 2}, {0, 1}}, .input_dilation = {2, 3}},
               kConvInputDilated, kConvInputDilatedInputGradient, kConvInputDilatedKernelGradient);
}

TEST_CASE("grouped and depthwise convolution equal JAX's") {
  using namespace golden;
  check_window({2, 4, 3, 4}, {2, 2, 2, 6}, {.groups = 2}, kConvGrouped, kConvGroupedInputGradient,
               kConvGroupedKernelGradient);
  check_window({2, 2, 3, 6}, {1, 1, 2, 3}, {.padding = "VALID", .groups = 3}, kConvGroupedPixels,
               kConvGroupedPixelsInputGradient, kConvGroupedPixelsKernelGradient);
  check_window({1, 4, 5, 3}, {3, 2, 1, 3},
               {.strides = {2, 1}, .kernel_dilation = {1, 2}, .groups = 3}, kConvDepthwise,
               kConvDepthwiseInputGradient, kConvDepthwiseKernelGradient);
  check_window({2, 6, 2}, {3, 1, 4}, {.padding = "VALID", .groups = 2}, kConvDepthwiseTwice,
               kConvDepthwiseTwiceInputGradient, kConvDepthwiseTwiceKernelGradient);
}

TEST_CASE("padding and strides give the documented sizes") {
  CHECK(shape_of({2, 28, 28, 1}, {3, 3, 1, 8}, {1, 1}, "SAME") == Shape{2, 28, 28, 8});
  CHECK(shape_of({2, 28, 27, 1}, {3, 3, 1, 8}, {2, 2}, "SAME") == Shape{2, 14, 14, 8});
  CHECK(shape_of({2, 28, 28, 1}, {5, 4, 1, 8}, {1, 1}, "VALID") == Shape{2, 24, 25, 8});
  CHECK(shape_of({2, 28, 28, 1}, {3, 3, 1, 8}, {3, 2}, "VALID") == Shape{2, 9, 13, 8});
  CHECK(shape_of({1, 4, 4, 1}, {3, 3, 1, 1}, {1, 1}, {{0, 2}, {1, 1}}) == Shape{1, 4, 4, 1});
  CHECK(shape_of({1, 2, 2, 1}, {3, 3, 1, 1}, {1, 1}, "VALID") == Shape{1, 0, 0, 1});
  CHECK(shape_of({0, 4, 4, 1}, {3, 3, 1, 2}, {1, 1}, "SAME") == Shape{0, 4, 4, 2});
}

TEST_CASE("dilations stretch the window and the input before padding and strides count") {
  CHECK(shape_of({1, 9, 1}, {3, 1, 1}, {.padding = "VALID", .kernel_dilation = {4}}) ==
        Shape{1, 1, 1});
  CHECK(shape_of({1, 9, 1}, {3, 1, 1}, {.kernel_dilation = {4}}) == Shape{1, 9, 1});
  CHECK(shape_of({1, 4, 1}, {3, 1, 1}, {.padding = "VALID", .input_dilation = {3}}) ==
        Shape{1, 8, 1});
  CHECK(shape_of({1, 4, 1}, {3, 1, 1}, {.strides = {2}, .input_dilation = {3}}) == Shape{1, 5, 1});
  CHECK(shape_of({1, 0, 1}, {3, 1, 1}, {.input_dilation = {3}}) == Shape{1, 0, 1});
}

TEST_CASE("SAME puts the smaller half of its padding before") {
  CHECK(Padding("SAME").resolve(0, 4, 2, 1, "x") == std::pair<std::int64_t, std::int64_t>(0, 1));
  CHECK(Padding("SAME").resolve(0, 5, 3, 2, "x") == std::pair<std::int64_t, std::int64_t>(1, 1));
  CHECK(Padding("SAME").resolve(0, 4, 1, 3, "x") == std::pair<std::int64_t, std::int64_t>(0, 0));
}

TEST_CASE("convolution meets in the promoted floating type") {
  const Tensor x = ones({1, 2, 2, 1}, uint8);
  CHECK(convolution(x, ones({1, 1, 1, 1})).dtype() == float32);
  CHECK(convolution(x, ones({1, 1, 1, 1}, float64)).dtype() == float64);
}

TEST_CASE("convolution names both sides of what does not fit") {
  const auto conv = [](Shape x, Shape kernel, const Padding& padding) {
    return shape_of(std::move(x), std::move(kernel), {1, 1}, padding);
  };
  CHECK_THROWS_WITH(conv({8, 32, 32, 3}, {3, 3, 64, 64}, "SAME"),
                    "conv: kernel expects 64 input channels, got 3; x [8,32,32,3] float32, kernel "
                    "[3,3,64,64] float32");
  CHECK_THROWS_WITH(conv({8, 32, 32}, {3, 3, 3, 4}, "SAME"),
                    Catch::Contains("[8,32,32] float32") && Catch::Contains("[3,3,3,4] float32"));
  CHECK_THROWS_WITH(conv({1, 4, 4, 1}, {3, 3, 1, 1}, {{1, 1}}),
                    Catch::Contains("1 padding pairs") && Catch::Contains("2 spatial"));
  CHECK_THROWS_WITH(
      conv({1, 4, 4, 1}, {3, 3, 1, 1}, {{1, 1}, {-1, 0}}),
      Catch::Contains("(-1, 0)") && Catch::Contains("negative") && Catch::Contains("slice x"));
  CHECK_THROWS_WITH(shape_of({1, 4, 4, 1}, {3, 3, 1, 1}, {0, 1}, "SAME"),
                    Catch::Contains("strides [0,1]") && Catch::Contains("at least 1"));
  CHECK_THROWS_WITH(Padding("same"), Catch::Contains("same") && Catch::Contains("SAME"));
}

TEST_CASE("convolution says which list has the wrong length or a number too small") {
  const auto says = [](const ConvolutionOptions& options,
                       std::initializer_list<std::string_view> words) {
    return fails<InvalidArgument>([&] { shape_of({1, 4, 4, 2}, {3, 3, 2, 2}, options); }, words);
  };
  CHECK(says({.strides = {1}}, {"conv: strides [1]", "1 numbers", "2 spatial"}) == "");
  CHECK(says({.input_dilation = {1, 2, 3}}, {"input dilation [1,2,3]", "2 spatial"}) == "");
  CHECK(says({.kernel_dilation = {2}}, {"kernel dilation [2]", "2 spatial"}) == "");
  CHECK(says({.input_dilation = {0, 1}}, {"input dilation [0,1]", "at least 1"}) == "");
  CHECK(says({.kernel_dilation = {1, -2}}, {"kernel dilation [1,-2]", "at least 1"}) == "");
}

TEST_CASE("convolution says which groups do not fit") {
  const auto says = [](const Shape& x, const Shape& kernel, std::int64_t groups,
                       std::initializer_list<std::string_view> words) {
    return fails<InvalidArgument>([&] { shape_of(x, kernel, {.groups = groups}); }, words);
  };
  const Shape x{1, 5, 6};
  CHECK(says(x, {3, 6, 2}, 0, {"0 feature groups"}) == "");
  CHECK(says(x, {3, 6, 4}, 4, {"6 input channels", "4 feature groups", "[1,5,6]"}) == "");
  CHECK(says(x, {3, 2, 4}, 3, {"4 features", "3 feature groups", "[3,2,4]"}) == "");
  CHECK(says(x, {3, 6, 4}, 2, {"expects 6 input channels in each of 2 groups, got 3"}) == "");
  CHECK(says({1, 4}, {1, 4}, 1, {"[1,4] float32", "1 to 3 spatial"}) == "");
  CHECK(says({1, 2, 2, 2, 2, 4}, {1, 1, 1, 1, 4, 4}, 1, {"1 to 3 spatial"}) == "");
}

}  // namespace linseed::test
