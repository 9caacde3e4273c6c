#include <catch2/catch.hpp>

#include <linseed/framework/module/initializers.h>
#include <linseed/framework/ops/random.h>
#include <linseed/tests/golden/initializers.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace init = linseed::nn::initializers;

namespace {

/// The deviation from JAX's numbers for a kernel [3,2,4] under key 0: some 1e-6 come from another
/// approximation of the inverse error function.
template <std::size_t n>
double deviation(const nn::Initializer& initializer, const double (&golden)[n]) {
  return test::deviation(initializer(random::key(0), {3, 2, 4}), golden);
}

}  // namespace

TEST_CASE("initialisers draw the numbers that JAX draws") {
  constexpr double kTolerance = 1e-5;
  CHECK(deviation(init::lecun_normal(), golden::kLecunNormal) < kTolerance);
  CHECK(deviation(init::lecun_uniform(), golden::kLecunUniform) < kTolerance);
  CHECK(deviation(init::kaiming_normal(), golden::kKaimingNormal) < kTolerance);
  CHECK(deviation(init::kaiming_uniform(), golden::kKaimingUniform) < kTolerance);
  CHECK(deviation(init::xavier_normal(), golden::kXavierNormal) < kTolerance);
  CHECK(deviation(init::xavier_uniform(), golden::kXavierUniform) < kTolerance);
  CHECK(deviation(init::normal(), golden::kNormal) < kTolerance);
  CHECK(deviation(init::uniform(), golden::kUniform) < kTolerance);
}

TEST_CASE("variance scaling takes fan, distribution and axes") {
  CHECK(deviation(init::variance_scaling(3, init::Fan::out, init::Distribution::normal),
                  golden::kFanOutNormal) < 1e-5);
  CHECK(deviation(
            init::variance_scaling(1, init::Fan::in, init::Distribution::truncated_normal, 0, 1),
            golden::kFanInOfOtherAxes) < 1e-5);
}

TEST_CASE("zeros and ones need no key") {
  CHECK(values(init::zeros()(Tensor(), {2})) == std::vector<double>{0, 0});
  CHECK(values(init::ones()(Tensor(), {2})) == std::vector<double>{1, 1});
}

TEST_CASE("the fan of a vector is refused, an empty kernel is empty") {
  const auto make = [](const Shape& shape) { return init::lecun_normal()(random::key(0), shape); };
  CHECK(fails<InvalidArgument>([&] { make({3}); }, {"2 dimensions", "[3]"}) == "");
  CHECK(make({0, 3}).shape() == Shape{0, 3});
  CHECK(make({3, 0}).shape() == Shape{3, 0});
}
