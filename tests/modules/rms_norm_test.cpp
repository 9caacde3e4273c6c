#include <catch2/catch.hpp>

#include <linseed/modules/rms_norm.h>
#include <linseed/tests/golden/normalization_formulas.h>
#include <linseed/tests/support/normalization_check.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

TEST_CASE("root-mean-square norm and its derivatives equal their formulas in JAX") {
  check_norm(nn::RMSNorm{}, {2, 3, 5},
             GoldenNorm<30, 5>{golden::kRMSNorm, golden::kRMSNormInputGradient,
                               golden::kRMSNormScaleGradient});
}

TEST_CASE("root-mean-square norm does not centre") {
  const nn::RMSNorm layer{.epsilon = 0, .scale = false};
  CHECK(values(layer.call({}, vector({3, 3, -3}))) == std::vector<double>{1, 1, -1});
  const nn::RMSNorm whole{.epsilon = 0, .axis = {0, 1}};
  const Tree params{{"scale", ones({1, 2})}};
  CHECK(values(whole.call(params, Tensor::from({7.f, 1.f}, {1, 2}))) ==
        std::vector<double>{1.4f, 0.2f});
}

TEST_CASE("root-mean-square norm returns its dtype and keeps parameters in float32") {
  check_dtypes(nn::RMSNorm{}, {3, 8});
}

TEST_CASE("the derivatives of root-mean-square norm agree with differences") {
  CHECK(check_gradients(nn::RMSNorm{}, uneven({3, 4})).passes());
  CHECK(check_gradients(nn::RMSNorm{.axis = {0, 2}}, uneven({2, 2, 2}), {.order = 2}).passes());
}

TEST_CASE("root-mean-square norm refuses axes that are not there, and bad options") {
  check_bad_options(nn::RMSNorm{}, {2, 3}, "rms_norm");
  CHECK(fails<InvalidArgument>(
            [] {
              nn::RMSNorm{.axis = 2}.init(random::key(0), zeros({2, 3}));
            },
            {"rms_norm", "axis 2"}) == "");
}
