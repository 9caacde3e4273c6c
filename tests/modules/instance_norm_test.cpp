#include <catch2/catch.hpp>

#include <linseed/modules/group_norm.h>
#include <linseed/modules/instance_norm.h>
#include <linseed/tests/golden/normalization_formulas.h>
#include <linseed/tests/support/normalization_check.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

TEST_CASE("instance norm and its derivatives equal their formulas in JAX") {
  check_norm(
      nn::InstanceNorm{}, {2, 3, 2, 3},
      GoldenNorm<36, 3>{golden::kInstanceNorm, golden::kInstanceNormInputGradient,
                        golden::kInstanceNormScaleGradient, golden::kInstanceNormBiasGradient});
}

TEST_CASE("instance norm is group norm with as many groups as channels") {
  const Tensor x = uneven({2, 4, 3, 2, 5});
  const Tensor instance = nn::InstanceNorm{}.init(random::key(0), x).output;
  const Tensor group = nn::GroupNorm{.num_groups = 5}.init(random::key(0), x).output;
  const auto a = values(instance), b = values(group);
  // The same sums in another order.
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).margin(1e-6));
}

TEST_CASE("the parameters of instance norm are one number for each channel") {
  const Tree params = nn::InstanceNorm{}.init(random::key(0), zeros({2, 4, 3})).params;
  CHECK(params["scale"].tensor().shape() == Shape{3});
  CHECK(params["bias"].tensor().shape() == Shape{3});
}

TEST_CASE("instance norm is exact far from 0") { check_stable(nn::InstanceNorm{}, {2, 8, 8, 2}); }

TEST_CASE("instance norm returns its dtype and keeps parameters in float32") {
  check_dtypes(nn::InstanceNorm{}, {2, 5, 2});
}

TEST_CASE("the derivatives of instance norm agree with differences") {
  CHECK(check_gradients(nn::InstanceNorm{}, uneven({2, 3, 2, 2})).passes());
  CHECK(check_gradients(nn::InstanceNorm{}, uneven({1, 3, 2}), {.order = 2}).passes());
}

TEST_CASE("instance norm refuses an x without pixels, and bad options") {
  check_bad_options(nn::InstanceNorm{}, {2, 3, 1}, "instance_norm");
  CHECK(fails<InvalidArgument>(
            [] {
              nn::InstanceNorm{}.init(random::key(0), zeros({2, 3}));
            },
            {"instance_norm", "[n,spatial…,channels]", "[2,3]"}) == "");
}
