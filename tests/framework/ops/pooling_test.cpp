// Pooling: values and derivatives as in JAX, and errors.
#include <linseed/framework/ops/pooling.h>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/golden/ops.h>
#include <linseed/tests/support/golden.h>

namespace linseed::test {
namespace {

// Sums of up to six numbers below 1, in float32.
constexpr double kSums = 1e-6;

void check_pooling(std::array<std::int64_t, 2> strides, const Padding& padding, const auto& largest,
                   const auto& gradient, const auto& total) {
  const Tensor x = uneven({1, 5, 4, 2}, 1);
  const Tensor y = max_pool(x, {2, 3}, strides, padding);
  check_golden(y, largest, 0);
  const Tensor weights = uneven(y.shape(), 3);
  const auto loss = [&](const Tensor& t) {
    return sum(max_pool(t, {2, 3}, strides, padding) * weights);
  };
  check_golden(grad(loss)(x), gradient, kSums);
  check_golden(sum_pool(x, {2, 3}, strides, padding), total, kSums);
}

}  // namespace

TEST_CASE("pooling and its derivatives equal JAX's") {
  using namespace golden;
  check_pooling({1, 2}, "SAME", kMaxPoolSame, kMaxPoolSameGradient, kSumPoolSame);
  check_pooling({2, 1}, "VALID", kMaxPoolValid, kMaxPoolValidGradient, kSumPoolValid);
  check_pooling({2, 2}, {{1, 0}, {0, 2}}, kMaxPoolPairs, kMaxPoolPairsGradient, kSumPoolPairs);
}

TEST_CASE("padding never wins, not even against negative numbers") {
  const Tensor x = full({1, 2, 2, 1}, -5.F);
  CHECK(values(max_pool(x, {3, 3}, {1, 1}, "SAME")) == std::vector<double>{-5, -5, -5, -5});
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
  CHECK_THROWS_WITH(max_pool(zeros({4, 4, 1}), {2, 2}, {2, 2}, "VALID"),
                    Catch::Contains("max_pool") && Catch::Contains("[4,4,1] float32"));
  CHECK_THROWS_WITH(sum_pool(zeros({1, 4, 4, 1}, int32), {2, 2}, {2, 2}, "VALID"),
                    Catch::Contains("sum_pool") && Catch::Contains("int32"));
  CHECK_THROWS_WITH(max_pool(zeros({1, 4, 4, 1}), {0, 2}, {2, 2}, "VALID"),
                    Catch::Contains("window 0"));
  CHECK_THROWS_WITH(max_pool(zeros({1, 4, 4, 1}), {2, 2}, {2, 2}, {{0, 0}}),
                    Catch::Contains("1 padding pairs"));
}

}  // namespace linseed::test
