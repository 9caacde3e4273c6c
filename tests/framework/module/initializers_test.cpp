#include <catch2/catch.hpp>

#include <linseed/framework/module/initializers.h>
#include <linseed/framework/ops/convolution.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/statistics.h>
#include <linseed/framework/ops/triangular.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/modules/dense.h>
#include <linseed/tests/golden/initializers.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace init = linseed::nn::initializers;

namespace {

/// Another approximation of the inverse error function than JAX's costs up to 3e-7.
constexpr double kTolerance = 1e-6;

/// The deviation from JAX's numbers for a kernel [3,2,4] under key 0.
template <std::size_t n>
double deviation(const nn::Initializer& initializer, const double (&golden)[n]) {
  return test::deviation(initializer(random::key(0), {3, 2, 4}), golden);
}

}  // namespace

TEST_CASE("initialisers draw the numbers that JAX draws") {
  CHECK(deviation(init::lecun_normal(), golden::kLecunNormal) < kTolerance);
  CHECK(deviation(init::kaiming_normal(), golden::kKaimingNormal) < kTolerance);
  CHECK(deviation(init::xavier_normal(), golden::kXavierNormal) < kTolerance);
  CHECK(deviation(init::normal(), golden::kNormal) < kTolerance);
  const auto uniform = [](const nn::Initializer& initializer, const auto& golden) {
    check_golden(initializer(random::key(0), {3, 2, 4}), golden, 0);
  };
  uniform(init::lecun_uniform(), golden::kLecunUniform);
  uniform(init::kaiming_uniform(), golden::kKaimingUniform);
  uniform(init::xavier_uniform(), golden::kXavierUniform);
  uniform(init::uniform(), golden::kUniform);
}

TEST_CASE("variance scaling takes fan, distribution and axes") {
  CHECK(deviation(init::variance_scaling(3, init::Fan::out, init::Distribution::normal),
                  golden::kFanOutNormal) < kTolerance);
  CHECK(deviation(
            init::variance_scaling(1, init::Fan::in, init::Distribution::truncated_normal, 0, 1),
            golden::kFanInOfOtherAxes) < kTolerance);
}

// JAX decomposes in float32.
TEST_CASE("orthogonal initialisers are the matrices of JAX") {
  const auto with = [](const nn::Initializer& initializer, const Shape& shape, const auto& golden) {
    return test::deviation(initializer(random::key(0), shape), golden);
  };
  CHECK(with(init::orthogonal(), {3, 2, 4}, golden::kOrthogonalTall) < kTolerance);
  CHECK(with(init::orthogonal(0.5), {2, 5}, golden::kOrthogonalWide) < kTolerance);
  CHECK(with(init::orthogonal(1, 0), {3, 2, 4}, golden::kOrthogonalColumnsFirst) < kTolerance);
  CHECK(with(init::delta_orthogonal(2), {3, 2, 2, 3}, golden::kDeltaOrthogonal) < kTolerance);
}

TEST_CASE("the columns of an orthogonal matrix are orthonormal, or else its rows") {
  const auto check_identity = [](const Tensor& product) {
    const auto numbers = values(product - eye(product.dim(0)));
    // Some 50 products, each rounded to float32.
    for (const double number : numbers) CHECK(std::abs(number) < 1e-6);
  };
  const Tensor tall = reshape(init::orthogonal()(random::key(7), {5, 10, 20}), {50, 20});
  check_identity(matmul(transpose(tall), tall));
  const Tensor wide = init::orthogonal()(random::key(7), {20, 50});
  check_identity(matmul(wide, transpose(wide)));
  CHECK(init::orthogonal()(random::key(7), {0, 4}).shape() == Shape{0, 4});
}

TEST_CASE("a delta-orthogonal kernel keeps the norm of each pixel") {
  const Tensor kernel = init::delta_orthogonal()(random::key(1), {3, 4, 2, 5});
  const Tensor x = uneven({1, 4, 4, 2});
  const auto before = values(norm(x, 2, -1));
  const auto after = values(norm(convolution(x, kernel), 2, -1));
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(after[i] == Approx(before[i]));
  CHECK(sum(astype(not_equal(kernel, 0), int32)).item<int>() == 10);
}

TEST_CASE("orthogonal initialisers refuse shapes that have no such matrix") {
  const auto make = [](const nn::Initializer& initializer, const Shape& shape) {
    return [=] { initializer(random::key(0), shape); };
  };
  CHECK(fails<InvalidArgument>(make(init::orthogonal(), {3}),
                               {"orthogonal", "2 dimensions", "[3]"}) == "");
  CHECK(fails<InvalidArgument>(make(init::orthogonal(1, 2), {3, 4}), {"axis 2"}) == "");
  CHECK(fails<InvalidArgument>(make(init::delta_orthogonal(), {3, 3}),
                               {"delta_orthogonal", "[3,3]"}) == "");
  CHECK(fails<InvalidArgument>(make(init::delta_orthogonal(), {3, 4, 2}),
                               {"4 input channels", "2 features", "[3,4,2]"}) == "");
  const auto traced = jit([](const Tensor& key) { return init::orthogonal()(key, {2, 2}); });
  CHECK(fails<InvalidArgument>([&] { traced(random::key(0)); }, {"jit"}) == "");
}

TEST_CASE("an orthogonal parameter is made where only shapes are given") {
  const nn::Dense dense{.features = 3, .kernel_init = init::orthogonal()};
  const auto [y, params] = dense.init_by_shape(random::key(0), {{{1, 2}}});
  CHECK(bits(params["kernel"]) ==
        bits(dense.init(random::key(0), vector({1, 2})).params["kernel"]));
}

TEST_CASE("zeros, ones and constants need no key") {
  CHECK(values(init::constant(2.5)(Tensor(), {2})) == std::vector<double>{2.5, 2.5});
  CHECK(init::constant(2)(Tensor(), {2}).dtype() == float32);
  CHECK(values(init::zeros()(Tensor(), {2})) == std::vector<double>{0, 0});
  CHECK(values(init::ones()(Tensor(), {2})) == std::vector<double>{1, 1});
}

TEST_CASE("the fan of a vector is refused, an empty kernel is empty") {
  const auto make = [](const Shape& shape) { return init::lecun_normal()(random::key(0), shape); };
  CHECK(fails<InvalidArgument>([&] { make({3}); }, {"2 dimensions", "[3]"}) == "");
  CHECK(make({0, 3}).shape() == Shape{0, 3});
  CHECK(make({3, 0}).shape() == Shape{3, 0});
}
