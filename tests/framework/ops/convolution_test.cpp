// Convolution: sizes, values and derivatives as in JAX, and errors.
#include <linseed/framework/ops/convolution.h>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/golden/ops.h>
#include <linseed/tests/support/golden.h>

namespace linseed::test {
namespace {

// Sums of up to 24 products of numbers below 1, in float32, in another order than XLA's.
constexpr double kSums = 2e-6;

/// Checks y and both derivatives of Σ w y against JAX.
void check_convolution(std::array<std::int64_t, 2> strides, const Padding& padding, const auto& y,
                       const auto& dx, const auto& dkernel) {
  const std::pair inputs(uneven({1, 5, 4, 2}, 1), uneven({3, 2, 2, 2}, 2));
  const auto conv = [&](const auto& in) {
    return convolution(in.first, in.second, strides, padding);
  };
  check_golden(conv(inputs), y, kSums);
  const Tensor weights = uneven(conv(inputs).shape(), 3);
  const auto gradients = grad([&](const auto& in) { return sum(conv(in) * weights); })(inputs);
  check_golden(gradients.first, dx, kSums);
  check_golden(gradients.second, dkernel, kSums);
}

Shape shape_of(Shape x, Shape kernel, std::array<std::int64_t, 2> strides, const Padding& padding) {
  return convolution(zeros(std::move(x)), zeros(std::move(kernel)), strides, padding).shape();
}

}  // namespace

TEST_CASE("convolution and its derivatives equal JAX's") {
  using namespace golden;
  check_convolution({1, 1}, "SAME", kConvSame, kConvSameInputGradient, kConvSameKernelGradient);
  check_convolution({2, 3}, "SAME", kConvSameStrided, kConvSameStridedInputGradient,
                    kConvSameStridedKernelGradient);
  check_convolution({2, 1}, "VALID", kConvValid, kConvValidInputGradient, kConvValidKernelGradient);
  check_convolution({1, 2}, {{1, 2}, {0, 1}}, kConvPairs, kConvPairsInputGradient,
                    kConvPairsKernelGradient);
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

TEST_CASE("SAME puts the smaller half of its padding before") {
  CHECK(Padding("SAME").resolve(0, 4, 2, 1, "x") == std::pair<std::int64_t, std::int64_t>(0, 1));
  CHECK(Padding("SAME").resolve(0, 5, 3, 2, "x") == std::pair<std::int64_t, std::int64_t>(1, 1));
  CHECK(Padding("SAME").resolve(0, 4, 1, 3, "x") == std::pair<std::int64_t, std::int64_t>(0, 0));
}

TEST_CASE("convolution meets in the promoted floating type") {
  const Tensor x = ones({1, 2, 2, 1}, uint8);
  CHECK(convolution(x, ones({1, 1, 1, 1}), {1, 1}, "SAME").dtype() == float32);
  CHECK(convolution(x, ones({1, 1, 1, 1}, float64), {1, 1}, "SAME").dtype() == float64);
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
  CHECK_THROWS_WITH(conv({1, 4, 4, 1}, {3, 3, 1, 1}, {{1, 1}, {-1, 0}}),
                    Catch::Contains("(-1, 0)") && Catch::Contains("negative"));
  CHECK_THROWS_WITH(shape_of({1, 4, 4, 1}, {3, 3, 1, 1}, {0, 1}, "SAME"),
                    Catch::Contains("stride 0") && Catch::Contains("at least 1"));
  CHECK_THROWS_WITH(Padding("same"), Catch::Contains("same") && Catch::Contains("SAME"));
}

}  // namespace linseed::test
