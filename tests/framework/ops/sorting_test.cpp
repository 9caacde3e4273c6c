// Sorting, the k largest, the first minimum, and reading along an axis.
#include <linseed/framework/ops/sorting.h>

#include <cmath>
#include <limits>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/golden/compositions.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/samples.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;
using Inputs = std::vector<Tensor>;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

// Every value is a copy of an element.
constexpr double kExact = 0;

Tensor with_ties() { return floor(uneven({3, 5, 2}, 4) * 3); }

/// The gradient of Σ w f(x), with the weights of the golden script.
template <class F>
Tensor weighted_gradient(F f, const Tensor& x) {
  const Tensor weights = uneven(f(x).shape(), 9);
  return grad([&](const Tensor& t) { return sum(f(t) * weights); })(x);
}

}  // namespace

TEST_CASE("sort and argsort equal JAX's, with and without ties") {
  check_golden(sort(with_ties(), 1), golden::kSortTies, kExact);
  check_golden(argsort(with_ties(), 1), golden::kArgsortTies, kExact);
  const Tensor x = uneven({3, 5, 2}, 4);
  const auto sorted = [](const Tensor& t) { return sort(t, -2); };
  check_golden(sorted(x), golden::kSort, kExact);
  check_golden(weighted_gradient(sorted, x), golden::kSortGradient, kExact);
}

TEST_CASE("NaN is sorted to the end, and equal elements keep their order") {
  const Tensor x = vector({kNaN, 1, -kInf, kInf, 1, -kNaN});
  CHECK(values(argsort(x)) == Numbers{2, 1, 4, 3, 0, 5});
  const Numbers sorted = values(sort(x));
  CHECK(Numbers(sorted.begin(), sorted.begin() + 4) == Numbers{-kInf, 1, 1, kInf});
  CHECK(std::isnan(sorted[4]));
  CHECK(std::isnan(sorted[5]));
}

TEST_CASE("every type can be sorted, and nothing too") {
  for (const DType dtype : kAllDTypes) {
    const Tensor x = astype(Tensor::from({1, 0, 1}, {3}), dtype);
    CHECK(sort(x).dtype() == dtype);
    CHECK(values(sort(x)) == Numbers{0, 1, 1});
    CHECK(values(argsort(x)) == Numbers{1, 0, 2});
    CHECK(argsort(x).dtype() == int32);
  }
  CHECK(sort(zeros({2, 0})).shape() == Shape{2, 0});
  CHECK(sort(zeros({0, 2})).shape() == Shape{0, 2});
  CHECK(top_k(zeros({2, 0}), 0).values.shape() == Shape{2, 0});
}

TEST_CASE("top_k equals JAX's, the lower index first among equals") {
  const auto [largest, places] = top_k(floor(uneven({3, 7}, 5) * 3), 4);
  check_golden(largest, golden::kTopKValues, kExact);
  check_golden(places, golden::kTopKIndices, kExact);
  CHECK(places.dtype() == int32);
  CHECK(values(top_k(Tensor::from({2, 7, 2, 7}, {4}), 4).indices) == Numbers{1, 3, 0, 2});
  constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
  CHECK(values(top_k(Tensor::from({kMin, 0, kMax}, {3}), 2).indices) == Numbers{2, 1});
}

TEST_CASE("top_k and moments can be returned from jit") {
  const Tensor x = uneven({3, 7}, 5);
  const TopK found = jit([](const Tensor& t) { return top_k(t, 2); })(x);
  CHECK(values(found.indices) == values(top_k(x, 2).indices));
  const Moments counted = jit([](const Tensor& t) { return moments(t, {0}); })(x);
  CHECK(values(counted.m2) == values(moments(x, {0}).m2));
}

TEST_CASE("top_k counts NaN as the largest") {
  const auto [largest, places] = top_k(vector({1, kNaN, kInf, 3, kNaN, -kInf, 3}), 6);
  CHECK(values(places) == Numbers{1, 4, 2, 3, 6, 0});
  CHECK(std::isnan(values(largest)[0]));
}

TEST_CASE("derivatives of sort, top_k and take_along_axis equal differences") {
  const Tensor indices = Tensor::from({0, 2, 2, -1, 0, 1}, {2, 3});
  const std::vector<TensorFunction> functions = {
      [](const Inputs& x) { return square(sort(x[0], 0)); },
      [](const Inputs& x) { return square(top_k(x[0], 2).values); },
      [=](const Inputs& x) { return square(take_along_axis(x[0], indices, 1)); }};
  for (const TensorFunction& f : functions) {
    CHECK(first_derivative_error(f, {spread_values({2, 3}, -2, 2)}).worst <= 1);
    CHECK(second_derivative_error(f, {spread_values({2, 3}, -2, 2)}).worst <= 1);
  }
}

TEST_CASE("argmin finds the first minimum, or the first NaN") {
  check_golden(argmin(with_ties(), 1), golden::kArgminTies, kExact);
  CHECK(argmin(vector({3, kNaN, 1, kNaN}), 0).item<int>() == 1);
  CHECK(argmin(Tensor::from({true, false, false}, {3}), 0).item<int>() == 1);
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  CHECK(argmin(Tensor::from({kMin + 1, kMin, std::int64_t{0}}, {3}), 0).item<int>() == 1);
  CHECK(argmin(Tensor::from({5U, 0xffffffffU, 0U}, {3}), 0).item<int>() == 2);
  CHECK(argmin(full({2, 3}, 7, uint8), -2).shape() == Shape{3});
  CHECK(argmin(zeros({2, 3}), 0).dtype() == int32);
  CHECK_THROWS_WITH(argmin(zeros({2, 0}), 1), Catch::Contains("argmin: axis 1 of [2,0] float32"));
}

TEST_CASE("take_along_axis equals JAX's, and broadcasts beside the axis") {
  const Tensor x = uneven({2, 3, 4}, 1);
  const Tensor indices = Tensor::from({0, -1, 2, 1}, {2, 1, 2});
  const auto taken = [&](const Tensor& t) { return take_along_axis(t, indices, 2); };
  check_golden(taken(x), golden::kTakeAlongAxis, kExact);
  // JAX adds up to three float32 numbers in another order.
  check_golden(weighted_gradient(taken, x), golden::kTakeAlongAxisGradient, 2 * 0x1p-23);
  const Tensor row = Tensor::from({10, 20, 30}, {1, 3});
  CHECK(values(take_along_axis(row, Tensor::from({2, 0}, {2, 1}), 1)) == Numbers{30, 10});
  CHECK(values(take_along_axis(row, Tensor::from({0, 0, 0, 5, 5, 5}, {2, 3}), 0)) ==
        Numbers{10, 20, 30, 10, 20, 30});
}

TEST_CASE("take_along_axis counts from the end, clamps, and takes every integer type") {
  const Tensor x = Tensor::from({1, 2, 3}, {3});
  for (const DType dtype : {int32, int64}) {
    const Tensor indices = astype(Tensor::from({-1, -4, 9, 1}, {4}), dtype);
    CHECK(values(take_along_axis(x, indices, -1)) == Numbers{3, 1, 3, 2});
  }
  CHECK(values(take_along_axis(x, Tensor::from({4000000000U, 1U}, {2}), 0)) == Numbers{3, 2});
  CHECK(values(take_along_axis(x, full({1}, 200, uint8), 0)) == Numbers{3});
  CHECK(take_along_axis(zeros({3, 0}), zeros({2, 0}, int32), 0).shape() == Shape{2, 0});
  CHECK(take_along_axis(zeros({0, 2}), zeros({0, 2}, int32), 0).shape() == Shape{0, 2});
}

TEST_CASE("wrong sorting is an error that names what was given") {
  const Tensor x = zeros({2, 3});
  using E = InvalidArgument;
  CHECK(fails<E>([&] { return sort(x, 2); }, {"sort", "axis 2"}) == "");
  CHECK(fails<E>([&] { return argsort(Tensor(1.F)); }, {"argsort", "0 dimensions"}) == "");
  CHECK(fails<E>([&] { return top_k(x, 4); }, {"top_k", "4", "3", "[2,3] float32"}) == "");
  CHECK(fails<E>([&] { return top_k(x, -1); }, {"top_k", "-1"}) == "");
  CHECK(fails<E>([&] { return top_k(Tensor(1.F), 1); }, {"top_k", "scalar"}) == "");
  const auto take_with = [&](const Tensor& indices) { return take_along_axis(x, indices, 1); };
  CHECK(fails<E>([&] { return take_with(x); }, {"take_along_axis", "integers", "float32"}) == "");
  CHECK(fails<E>([&] { return take_with(zeros({3}, int32)); }, {"[3] int32", "[2,3] float32"}) ==
        "");
  CHECK(fails<E>(
            [&] {
              return take_with(zeros({4, 3}, int32));
            },
            {"[4,3] int32", "[2,3] float32", "dimension 0"}) == "");
  CHECK(fails<E>(
            [&] {
              return take_along_axis(zeros({2, 0}), zeros({2, 1}, int32), 1);
            },
            {"take_along_axis", "axis 1", "[2,0] float32", "empty"}) == "");
}

}  // namespace linseed::test
