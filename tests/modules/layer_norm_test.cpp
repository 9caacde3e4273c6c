#include <catch2/catch.hpp>

#include <linseed/modules/layer_norm.h>
#include <linseed/tests/golden/normalization_formulas.h>
#include <linseed/tests/support/normalization_check.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

TEST_CASE("layer norm and its derivatives equal their formulas in JAX") {
  check_norm(nn::LayerNorm{}, {2, 3, 5},
             GoldenNorm<30, 5>{golden::kLayerNorm, golden::kLayerNormInputGradient,
                               golden::kLayerNormScaleGradient, golden::kLayerNormBiasGradient});
  check_norm(nn::LayerNorm{.axis = {-3, -2, -1}}, {3, 2, 3, 2},
             GoldenNorm<36, 12>{golden::kLayerNormOfImages, golden::kLayerNormOfImagesInputGradient,
                                golden::kLayerNormOfImagesScaleGradient,
                                golden::kLayerNormOfImagesBiasGradient});
}

TEST_CASE("the parameters of layer norm have the shape of its axes and can be left out") {
  const auto shape_of = [](const nn::LayerNorm& layer, std::string_view name) {
    return layer.init(random::key(0), zeros({2, 3, 4})).params[name].tensor().shape();
  };
  CHECK(shape_of({}, "scale") == Shape{4});
  CHECK(shape_of({.axis = {2, 1}}, "bias") == Shape{3, 4});
  const auto count = [](const nn::LayerNorm& layer) {
    return layer.init(random::key(0), zeros({2, 4})).params.size();
  };
  CHECK(count({.bias = false}) == 1);
  CHECK(count({.scale = false}) == 1);
  CHECK(count({.bias = false, .scale = false}) == 0);
}

TEST_CASE("layer norm takes its initialisers") {
  const nn::LayerNorm layer{.bias_init = nn::initializers::ones(),
                            .scale_init = nn::initializers::zeros()};
  CHECK(values(layer.init(random::key(0), vector({1, 2})).output) == std::vector<double>{1, 1});
}

TEST_CASE("layer norm of a constant is its bias") {
  const Tree params{{"scale", vector({2, 2})}, {"bias", vector({3, 4})}};
  CHECK(values(nn::LayerNorm{}.call(params, vector({7, 7}))) == std::vector<double>{3, 4});
  CHECK(nn::LayerNorm{}.call(params, zeros({0, 2})).shape() == Shape{0, 2});
}

TEST_CASE("layer norm is exact far from 0") { check_stable(nn::LayerNorm{}, {2, 64}); }

TEST_CASE("layer norm returns its dtype and keeps parameters in float32") {
  check_dtypes(nn::LayerNorm{}, {3, 8});
}

TEST_CASE("layer norm uses its parameters in its dtype") {
  const nn::LayerNorm layer{.dtype = bfloat16, .bias = false};
  const Tensor x = uneven({3, 64});
  // 1.003 is 1 as a bfloat16, whose next is 1.0078. In float32 it would change some results.
  const auto with = [&](float scale) {
    return bits(layer.call({{"scale", full({64}, scale)}}, x));
  };
  CHECK(with(1.003f) == with(1));
  CHECK(with(1.006f) != with(1));
}

TEST_CASE("the derivatives of layer norm agree with differences") {
  CHECK(check_gradients(nn::LayerNorm{}, uneven({3, 4})).passes());
  CHECK(check_gradients(nn::LayerNorm{}, uneven({2, 3}), {.order = 2}).passes());
  CHECK(check_gradients(nn::LayerNorm{.axis = {0, 1}}, uneven({3, 2, 2})).passes());
}

TEST_CASE("layer norm refuses axes that are not there, and bad options") {
  check_bad_options(nn::LayerNorm{}, {2, 3}, "layer_norm");
  const auto init = [](const nn::LayerNorm& layer, const Shape& shape) {
    return [=] { layer.init(random::key(0), zeros(shape)); };
  };
  CHECK(fails<InvalidArgument>(init({}, {}), {"layer_norm", "axis -1", "; in /"}) == "");
  CHECK(fails<InvalidArgument>(init({.axis = {1, 1}}, {2, 3}), {"layer_norm", "1"}) == "");
}
