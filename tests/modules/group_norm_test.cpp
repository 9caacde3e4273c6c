#include <catch2/catch.hpp>

#include <linseed/modules/group_norm.h>
#include <linseed/modules/layer_norm.h>
#include <linseed/tests/golden/normalization_formulas.h>
#include <linseed/tests/support/normalization_check.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

TEST_CASE("group norm and its derivatives equal their formulas in JAX") {
  check_norm(nn::GroupNorm{.num_groups = 2}, {2, 3, 2, 6},
             GoldenNorm<72, 6>{golden::kGroupNorm, golden::kGroupNormInputGradient,
                               golden::kGroupNormScaleGradient, golden::kGroupNormBiasGradient});
  check_norm(nn::GroupNorm{.num_groups = 3}, {3, 9},
             GoldenNorm<27, 9>{golden::kGroupNormOfRows, golden::kGroupNormOfRowsInputGradient,
                               golden::kGroupNormOfRowsScaleGradient,
                               golden::kGroupNormOfRowsBiasGradient});
}

TEST_CASE("groups are said by their number or by their size") {
  const Tensor x = uneven({2, 3, 12});
  const auto run = [&](const nn::GroupNorm& layer) {
    return bits(layer.init(random::key(0), x).output);
  };
  CHECK(run({.num_groups = 3}) == run({.num_groups = {}, .group_size = 4}));
  CHECK(run({.num_groups = 3}) != run({.num_groups = {}, .group_size = 3}));
  // 32 groups by default.
  const Tensor wide = uneven({1, 64});
  CHECK(bits(nn::GroupNorm{}.init(random::key(0), wide).output) ==
        bits(nn::GroupNorm{.num_groups = {}, .group_size = 2}.init(random::key(0), wide).output));
}

TEST_CASE("the parameters of group norm have as many dimensions as x") {
  const Tree params = nn::GroupNorm{.num_groups = 2}.init(random::key(0), zeros({3, 2, 4})).params;
  CHECK(params["scale"].tensor().shape() == Shape{1, 1, 4});
  CHECK(params["bias"].tensor().shape() == Shape{1, 1, 4});
  const nn::GroupNorm plain{.num_groups = 2, .bias = false, .scale = false};
  CHECK(plain.init(random::key(0), zeros({3, 4})).params.size() == 0);
}

TEST_CASE("group norm is exact far from 0") {
  check_stable(nn::GroupNorm{.num_groups = 2}, {2, 4, 4, 6});
}

TEST_CASE("group norm returns its dtype and keeps parameters in float32") {
  check_dtypes(nn::GroupNorm{.num_groups = 2}, {2, 3, 4});
}

TEST_CASE("the derivatives of group norm agree with differences") {
  const nn::GroupNorm layer{.num_groups = 2};
  CHECK(check_gradients(layer, uneven({2, 3, 4})).passes());
  CHECK(check_gradients(layer, uneven({2, 4}), {.order = 2}).passes());
}

TEST_CASE("group norm refuses unclear and uneven groups") {
  check_bad_options(nn::GroupNorm{.num_groups = 1}, {2, 3}, "group_norm");
  const auto init = [](const nn::GroupNorm& layer, const Shape& shape) {
    return [=] { layer.init(random::key(0), zeros(shape)); };
  };
  CHECK(fails<InvalidArgument>(init({.group_size = 2}, {2, 4}),
                               {"num_groups", "group_size", ".num_groups = {}"}) == "");
  CHECK(fails<InvalidArgument>(init({.num_groups = {}}, {2, 4}), {"either", "group_size"}) == "");
  CHECK(fails<InvalidArgument>(init({.num_groups = {}, .group_size = 3}, {2, 4}),
                               {"group_norm", "4 channels", "group_size is 3"}) == "");
  CHECK(fails<InvalidArgument>(init({}, {2, 4}), {"4 channels", "num_groups is 32", "[2,4]"}) ==
        "");
  CHECK(fails<InvalidArgument>(init({.num_groups = 0}, {2, 4}), {"num_groups is 0"}) == "");
  CHECK(fails<InvalidArgument>(init({.num_groups = 2}, {4}), {"[n,...,channels]", "[4]"}) == "");
}
