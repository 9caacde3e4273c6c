// Reductions and moments: values, axes, types, and errors.
#include <linseed/framework/ops/reduce.h>

#include <cmath>
#include <limits>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/tests/golden/ops.h>
#include <linseed/tests/support/golden.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;

// A handful of float32 roundings of numbers below 4.
constexpr double kFloat = 1e-6;

Tensor sample() { return uneven({2, 3, 4}, 1); }

Tensor log_softmax(const Tensor& x) {
  const Tensor shifted = x - stop_gradient(max(x, -1, keepdims));
  return shifted - log(sum(exp(shifted), -1, keepdims));
}

}  // namespace

TEST_CASE("reductions equal JAX's") {
  check_golden(sum(sample(), -1), golden::kSumLast, kFloat);
  check_golden(mean(sample(), {0, 2}), golden::kMeanOuter, kFloat);
  check_golden(max(sample(), 1), golden::kMaxMiddle, 0);
  check_golden(min(sample()), golden::kMinAll, 0);
  check_golden(argmax(sample(), 1), golden::kArgmax, 0);
  check_golden(moments(sample(), -1).m2 / 4, golden::kVarianceLast, kFloat);
}

TEST_CASE("log-softmax made of reductions equals JAX's, and so does its derivative") {
  check_golden(log_softmax(sample()), golden::kLogSoftmax, kFloat);
  const Tensor weights = uneven({2, 3, 4}, 3);
  const auto loss = [&](const Tensor& x) { return sum(log_softmax(x) * weights); };
  check_golden(grad(loss)(sample()), golden::kLogSoftmaxGradient, kFloat);
}

TEST_CASE("axes are reduced away or kept with size one") {
  const Tensor x = zeros({2, 3, 4});
  CHECK(sum(x).shape() == Shape{});
  CHECK(sum(x, {}).shape() == Shape{});
  CHECK(sum(x, 1).shape() == Shape{2, 4});
  CHECK(sum(x, {0, -1}).shape() == Shape{3});
  CHECK(sum(x, {0, -1}, keepdims).shape() == Shape{1, 3, 1});
  CHECK(max(x, {}, keepdims).shape() == Shape{1, 1, 1});
  CHECK(mean(x, 0, keepdims).shape() == Shape{1, 3, 4});
  CHECK(argmax(x, -2).shape() == Shape{2, 4});
  CHECK(values(sum(reshape(arange(6), {2, 3}), 0)) == Numbers{3, 5, 7});
  CHECK(values(sum(reshape(arange(6), {2, 3}), 1)) == Numbers{3, 12});
  CHECK(sum(Tensor(3.F)).item<float>() == 3);
}

TEST_CASE("sums keep their type, bool counts, means of integers are float32") {
  for (const DType dtype : {uint8, int32, int64, uint32, float32, float64}) {
    CHECK(sum(ones({3}, dtype)).dtype() == dtype);
    CHECK(max(ones({3}, dtype)).dtype() == dtype);
  }
  CHECK(sum(ones({300}, bool_)).dtype() == int32);
  CHECK(sum(ones({300}, bool_)).item<int>() == 300);
  CHECK(sum(full({2}, 200, uint8)).item<int>() == 144);
  CHECK(mean(arange(4)).dtype() == float32);
  CHECK(mean(arange(4)).item<float>() == 1.5F);
  CHECK(max(Tensor::from({false, true}, {2})).item<bool>());
}

TEST_CASE("reductions of nothing") {
  CHECK(sum(zeros({0, 3})).item<float>() == 0);
  CHECK(values(sum(zeros({0, 2}), 0)) == Numbers{0, 0});
  CHECK(std::isnan(mean(zeros({0})).item<float>()));
  CHECK(max(zeros({0, 3}), 1).shape() == Shape{0});
  CHECK(all(zeros({0})).item<bool>());
  CHECK_FALSE(any(zeros({0})).item<bool>());
  CHECK_THROWS_WITH(max(zeros({2, 0}), 1), Catch::Contains("max") && Catch::Contains("axis 1") &&
                                               Catch::Contains("[2,0] float32"));
  CHECK_THROWS_AS(min(zeros({0})), InvalidArgument);
  CHECK_THROWS_WITH(argmax(zeros({0}), 0), Catch::Contains("argmax"));
}

TEST_CASE("NaN wins, and argmax takes the first of equals") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(max(vector({1, nan, 3})).item<float>()));
  CHECK(std::isnan(min(vector({1, nan, 3})).item<float>()));
  CHECK(argmax(vector({1, 3, 3}), 0).item<int>() == 1);
  CHECK(argmax(vector({1, nan, 3}), 0).item<int>() == 1);
  CHECK(argmax(vector({1, 2}), 0).dtype() == int32);
}

TEST_CASE("all and any look at what is not zero") {
  const Tensor x = Tensor::from({1, 0, 2, 3}, {2, 2});
  CHECK(values(all(x, 1)) == Numbers{0, 1});
  CHECK(values(any(x, 0)) == Numbers{1, 1});
  CHECK(all(x).dtype() == bool_);
  CHECK(any(Tensor(true)).item<bool>());
}

TEST_CASE("equal maxima share the cotangent") {
  const auto loss = [](const Tensor& x) { return max(x); };
  CHECK(values(grad(loss)(vector({2, 1, 2}))) == Numbers{0.5, 0, 0.5});
  const auto larger = [](const Tensor& x) { return sum(maximum(x, 1)); };
  CHECK(values(grad(larger)(vector({0, 1, 2}))) == Numbers{0, 0.5, 1});
}

TEST_CASE("sums of many numbers lose little") {
  const std::int64_t n = 1 << 20;
  // Chains of a few hundred sums, joined by a tree, drift by some tens of units for equal numbers;
  // adding one by one would drift by thousands.
  CHECK(sum(full({n}, 0.1F)).item<double>() ==
        Approx(static_cast<double>(0.1F) * static_cast<double>(n)).epsilon(100 * 0x1p-24));
}

TEST_CASE("moments of numbers far from zero are exact where squares are not") {
  // 1e4 squared needs 27 bits: E[x^2] - E[x]^2 has no correct digit of the variance 1.25.
  const auto [count, average, m2] = moments(vector({10001, 10002, 10003, 10004}), {});
  CHECK(count.item<float>() == 4);
  CHECK(average.item<float>() == 10002.5F);
  CHECK(m2.item<float>() == 5);
}

TEST_CASE("a mask leaves entries of axis 0 out, whatever they are") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = Tensor::from({1.F, 2.F, nan, nan, 3.F, 6.F}, {3, 2});
  const auto [count, average, m2] = moments(x, 0, vector({1, 0, 1}), keepdims);
  CHECK(count.item<float>() == 2);
  CHECK(average.shape() == Shape{1, 2});
  CHECK(values(average) == Numbers{2, 4});
  CHECK(values(m2) == Numbers{2, 8});
  const auto none = moments(x, 0, zeros({3}));
  CHECK(none.count.item<float>() == 0);
  CHECK(values(none.mean) == Numbers{0, 0});
  const auto loss = [](const Tensor& t) { return sum(moments(t, 0, vector({1, 0, 1})).m2); };
  CHECK(values(grad(loss)(x)) == Numbers{-2, -4, 0, 0, 2, 4});
}

TEST_CASE("wrong axes and masks are errors that name both sides") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(sum(x, 2), Catch::Contains("sum") && Catch::Contains("axis 2"));
  CHECK_THROWS_WITH(mean(x, {0, -2}), Catch::Contains("mean") && Catch::Contains("twice"));
  CHECK_THROWS_WITH(argmax(x, -3), Catch::Contains("argmax") && Catch::Contains("-3"));
  CHECK_THROWS_WITH(moments(zeros({2}, int32), 0), Catch::Contains("int32"));
  CHECK_THROWS_WITH(moments(x, 1, zeros({2})),
                    Catch::Contains("mask") && Catch::Contains("axis 0"));
  CHECK_THROWS_WITH(moments(x, 0, zeros({3})), Catch::Contains("[3]") &&
                                                   Catch::Contains("[2,3] float32") &&
                                                   Catch::Contains("[2]"));
}

}  // namespace linseed::test
