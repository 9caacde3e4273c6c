// Pooling: values and derivatives as in JAX, and errors.
#include <linseed/framework/ops/pooling.h>

#include <cstdint>
#include <limits>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/golden/ops.h>
#include <linseed/tests/golden/windows.h>
#include <linseed/tests/support/golden.h>

namespace linseed::test {
namespace {

// Sums of up to six numbers below 1, in float32.
constexpr double kSums = 1e-6;

struct Geometry {
  Shape x;
  Shape window;
  Shape strides;
  Padding padding;
};

void check_pooling(const Geometry& at, DType dtype, double tolerance, const auto& largest,
                   const auto& gradient, const auto& total) {
  const Tensor x = astype(uneven(at.x, 1), dtype);
  const auto pool = [&](const Tensor& t) { return max_pool(t, at.window, at.strides, at.padding); };
  check_golden(pool(x), largest, 0);
  const Tensor weights = uneven(pool(x).shape(), 3);
  check_golden(grad([&](const Tensor& t) { return sum(pool(t) * weights); })(x), gradient,
               tolerance);
  check_golden(sum_pool(x, at.window, at.strides, at.padding), total, tolerance);
}

/// The geometries of make_ops.py.
void check_plane(const Shape& strides, const Padding& padding, const auto&... golden) {
  check_pooling({{1, 5, 4, 2}, {2, 3}, strides, padding}, float32, kSums, golden...);
}

}  // namespace

TEST_CASE("pooling and its derivatives equal JAX's") {
  using namespace golden;
  check_plane({1, 2}, "SAME", kMaxPoolSame, kMaxPoolSameGradient, kSumPoolSame);
  check_plane({2, 1}, "VALID", kMaxPoolValid, kMaxPoolValidGradient, kSumPoolValid);
  check_plane({2, 2}, {{1, 0}, {0, 2}}, kMaxPoolPairs, kMaxPoolPairsGradient, kSumPoolPairs);
}

TEST_CASE("pooling over one and three dimensions equals JAX's") {
  using namespace golden;
  constexpr double kDoubleSums = 1e-14;  // of up to 12 numbers below 1
  check_pooling({{2, 7, 3}, {3}, {2}, "SAME"}, float64, kDoubleSums, kMaxPoolLine,
                kMaxPoolLineGradient, kSumPoolLine);
  check_pooling({{1, 4, 3, 5, 2}, {2, 3, 2}, {2, 1, 3}, {{1, 0}, {1, 1}, {0, 1}}}, float64,
                kDoubleSums, kMaxPoolVolume, kMaxPoolVolumeGradient, kSumPoolVolume);
}

TEST_CASE("the average counts padding, the minimum does not") {
  const Tensor x = Tensor::from({1.F, 2.F, 4.F}, {1, 3, 1});
  CHECK(values(avg_pool(x, {2}, {2}, "SAME")) == std::vector<double>{1.5, 2});
  CHECK(values(avg_pool(x, {2}, {}, {{1, 0}})) == std::vector<double>{0.5, 1.5, 3});
  CHECK(values(min_pool(x, {2}, {}, "SAME")) == std::vector<double>{1, 2, 4});
  const auto loss = [](const Tensor& t) { return sum(min_pool(t, {2})); };
  CHECK(values(grad(loss)(x)) == std::vector<double>{1, 1, 0});
}

TEST_CASE("folding windows with maximum is max_pool, with the same derivative") {
  const auto check = [](const Geometry& at) {
    const Tensor x = uneven(at.x);
    const auto largest = [&](const Tensor& t) {
      return max_pool(t, at.window, at.strides, at.padding);
    };
    const auto folded = [&](const Tensor& t) {
      return pool(
          t, -std::numeric_limits<double>::infinity(),
          [](const Tensor& a, const Tensor& b) { return maximum(a, b); }, at.window, at.strides,
          at.padding);
    };
    CHECK(bits(folded(x)) == bits(largest(x)));
    const Tensor weights = uneven(largest(x).shape(), 2);
    const auto gradient = [&](const auto& f) {
      return values(grad([&](const Tensor& t) { return sum(f(t) * weights); })(x));
    };
    const std::vector<double> given = gradient(folded), expected = gradient(largest);
    for (std::size_t i = 0; i < given.size(); ++i) {
      CHECK(given[i] == Approx(expected[i]).margin(kSums));  // the same sums in another order
    }
  };
  check({{2, 7, 3}, {3}, {2}, "SAME"});
  check({{1, 5, 4, 2}, {2, 3}, {1, 2}, {{1, 0}, {0, 2}}});
  check({{1, 4, 3, 5, 2}, {2, 3, 2}, {2, 1, 3}, "SAME"});
  check({{1, 2, 4, 2}, {3, 1}, {}, "VALID"});  // no window fits
}

TEST_CASE("pool begins with init, which stands on padding too, and keeps the order") {
  const Tensor x = Tensor::from({1, 2, 3, 4}, {1, 4, 1});
  const auto product = [](const Tensor& a, const Tensor& b) { return a * b; };
  CHECK(values(pool(x, 1, product, {2}, {}, "SAME")) == std::vector<double>{2, 6, 12, 4});
  CHECK(values(pool(x, 10, product, {2}, {2})) == std::vector<double>{20, 120});
  const auto digits = [](const Tensor& a, const Tensor& b) { return a * 10 + b; };
  CHECK(values(pool(x, 0, digits, {3})) == std::vector<double>{123, 234});
  const Tensor square = Tensor::from({1, 2, 3, 4}, {1, 2, 2, 1});
  CHECK(values(pool(square, 0, digits, {2, 2})) == std::vector<double>{1234});
  CHECK(pool(x, 1, product, {2}).dtype() == int32);
}

TEST_CASE("pool says what reduce and init may be") {
  const Tensor x = ones({1, 4, 1});
  const auto total = [](const Tensor& t, const Tensor&) { return sum(t); };
  CHECK_THROWS_WITH(pool(x, 0, total, {2}),
                    Catch::Contains("reduce") && Catch::Contains("[1,3,1]"));
  CHECK_THROWS_WITH(pool(x, ones({2}), total, {2}), Catch::Contains("init"));
  CHECK_THROWS_WITH(pool(x, 0, total, {2, 2}), Catch::Contains("window [2,2]"));
  CHECK_THROWS_WITH(pool(x, 0, total, {2}, {0}), Catch::Contains("strides [0]"));
}

TEST_CASE("padding never wins, not even against negative numbers") {
  const Tensor x = full({1, 2, 2, 1}, -5.F);
  CHECK(values(max_pool(x, {3, 3}, {1, 1}, "SAME")) == std::vector<double>{-5, -5, -5, -5});
}

TEST_CASE("the largest and the smallest integers of windows are integers") {
  // Exact where float32 would round, and at the ends of each type.
  const Tensor large = Tensor::from({16777217, 16777216, -5, INT32_MIN}, {1, 4, 1});
  CHECK(max_pool(large, {2}).dtype() == int32);
  CHECK(values(max_pool(large, {2}, {2})) == std::vector<double>{16777217, -5});
  CHECK(values(min_pool(large, {2}, {2}, "SAME")) == std::vector<double>{16777216, INT32_MIN});
  const Tensor bytes = Tensor::from(std::vector<std::uint8_t>{0, 255, 7}, {1, 3, 1});
  CHECK(values(max_pool(bytes, {2}, {}, "SAME")) == std::vector<double>{255, 255, 7});
  CHECK(values(min_pool(bytes, {2}, {}, "SAME")) == std::vector<double>{0, 7, 7});
  CHECK(min_pool(bytes, {2}).dtype() == uint8);
}

TEST_CASE("the cotangent goes to the first of equal maxima") {
  const auto loss = [](const Tensor& t) { return sum(max_pool(t, {2, 2}, {2, 2}, "VALID")); };
  CHECK(values(grad(loss)(ones({1, 2, 2, 1}))) == std::vector<double>{1, 0, 0, 0});
}

TEST_CASE("a window of more than 256 places keeps its positions apart") {
  std::vector<float> numbers(20 * 20, 0.F);
  numbers[300] = 1;
  const auto loss = [](const Tensor& t) { return sum(max_pool(t, {20, 20}, {1, 1}, "VALID")); };
  CHECK(values(grad(loss)(Tensor::from(numbers, {1, 20, 20, 1})))[300] == 1);
}

TEST_CASE("pooling says what it expected") {
  CHECK_THROWS_WITH(max_pool(zeros({4, 1}), {2, 2}), Catch::Contains("max_pool") &&
                                                         Catch::Contains("[4,1] float32") &&
                                                         Catch::Contains("1 to 3 spatial"));
  CHECK_THROWS_WITH(max_pool(zeros({1, 4, 4, 1}, bool_), {2, 2}),
                    Catch::Contains("max_pool") && Catch::Contains("[1,4,4,1] bool"));
  CHECK_THROWS_WITH(sum_pool(zeros({1, 4, 4, 1}, int32), {2, 2}),
                    Catch::Contains("sum_pool") && Catch::Contains("int32"));
  CHECK_THROWS_WITH(avg_pool(zeros({1, 4, 4, 1}), {2}),
                    Catch::Contains("avg_pool: window [2]") && Catch::Contains("2 spatial"));
  CHECK_THROWS_WITH(max_pool(zeros({1, 4, 4, 1}), {}), Catch::Contains("window is empty"));
  CHECK_THROWS_WITH(max_pool(zeros({1, 4, 4, 1}), {0, 2}), Catch::Contains("window [0,2]"));
  CHECK_THROWS_WITH(min_pool(zeros({1, 4, 4, 1}), {2, 2}, {1, 1, 1}),
                    Catch::Contains("strides [1,1,1]") && Catch::Contains("2 spatial"));
  CHECK_THROWS_WITH(max_pool(zeros({1, 4, 4, 1}), {2, 2}, {}, {{0, 0}}),
                    Catch::Contains("1 padding pairs"));
}

}  // namespace linseed::test
