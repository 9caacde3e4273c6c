// Cumulative sums: values, types, derivatives and errors.
#include <linseed/framework/ops/cumulative.h>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/golden/compositions.h>
#include <linseed/tests/support/golden.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;

// JAX adds up to four numbers below 1 in another order, each sum rounded.
constexpr double kFloat = 4 * 0x1p-23;

}  // namespace

TEST_CASE("cumulative sums and their derivatives equal JAX's") {
  const Tensor x = uneven({2, 3, 4}, 1);
  const Tensor weights = uneven({2, 3, 4}, 9);
  check_golden(cumsum(x, 1), golden::kCumsum, kFloat);
  check_golden(cumsum(x, -1, true), golden::kCumsumReverse, kFloat);
  const auto forward = [&](const Tensor& t) { return sum(cumsum(t, 1) * weights); };
  const auto backward = [&](const Tensor& t) { return sum(cumsum(t, -1, true) * weights); };
  check_golden(grad(forward)(x), golden::kCumsumGradient, kFloat);
  check_golden(grad(backward)(x), golden::kCumsumReverseGradient, kFloat);
}

TEST_CASE("cumulative sums keep their type, bool counts, nothing stays nothing") {
  for (const DType dtype : {uint8, int32, int64, uint32, float32, float64}) {
    CHECK(cumsum(ones({3}, dtype), 0).dtype() == dtype);
    CHECK(values(cumsum(ones({3}, dtype), 0, true)) == Numbers{3, 2, 1});
  }
  const Tensor counted = cumsum(Tensor::from({true, false, true}, {3}), 0);
  CHECK(counted.dtype() == int32);
  CHECK(values(counted) == Numbers{1, 1, 2});
  CHECK(values(cumsum(full({2}, 200, uint8), 0)) == Numbers{200, 144});
  CHECK(cumsum(zeros({2, 0}), 1).shape() == Shape{2, 0});
}

TEST_CASE("a cumulative sum along no axis is an error") {
  CHECK_THROWS_WITH(cumsum(zeros({2, 3}), 2), Catch::Contains("cumsum: axis 2"));
  CHECK_THROWS_WITH(cumsum(Tensor(1.F), 0), Catch::Contains("0 dimensions"));
}

}  // namespace linseed::test
