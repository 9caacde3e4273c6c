#include <catch2/catch.hpp>

#include <linseed/check_gradients.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/einsum.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/separable_conv.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/module_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

TEST_CASE("a separable convolution is one whose kernel is a product") {
  const nn::SeparableConv layer{
      .features = 4, .kernel_size = {3, 2}, .strides = {2, 1}, .dtype = float64};
  const Tensor x = uneven({2, 5, 4, 3});
  Tree params = in_float64(layer.init(random::key(3), x).params);
  params["pointwise"]["bias"] = uneven_weights({4});
  const Tensor kernel = einsum("hwc,cf->hwcf", sum(params["depthwise"]["kernel"], 2),
                               sum(params["pointwise"]["kernel"], {0, 1}));
  const nn::Conv conv{.features = 4, .kernel_size = {3, 2}, .strides = {2, 1}, .dtype = float64};
  const auto expected =
      values(conv.call({{"kernel", kernel}, {"bias", params["pointwise"]["bias"]}}, x));
  const auto own = values(layer.call(params, x));
  REQUIRE(own.size() == expected.size());
  for (std::size_t i = 0; i < own.size(); ++i) CHECK(own[i] == Approx(expected[i]).margin(1e-13));
}

TEST_CASE("a separable convolution has two kernels and one bias") {
  const auto shapes = [](const nn::SeparableConv& layer, const Shape& x) {
    std::vector<std::pair<std::string, Shape>> result;
    const Tree params = layer.init(random::key(0), zeros(x)).params;
    for (const auto& leaf : tree::named_leaves(params)) {
      result.emplace_back(leaf.path(), leaf.tensor.shape());
    }
    return result;
  };
  using List = std::vector<std::pair<std::string, Shape>>;
  CHECK(shapes({.features = 8, .kernel_size = {3, 3}, .depth_multiplier = 2}, {1, 5, 5, 3}) ==
        List{{"depthwise/kernel", {3, 3, 1, 6}},
             {"pointwise/kernel", {1, 1, 6, 8}},
             {"pointwise/bias", {8}}});
  CHECK(shapes({.features = 8, .kernel_size = {3}, .bias = false}, {5, 3}) ==
        List{{"depthwise/kernel", {3, 1, 3}}, {"pointwise/kernel", {1, 3, 8}}});
}

TEST_CASE("a separable convolution works over one example, in its dtype, with its initialisers") {
  const nn::SeparableConv layer{.features = 2,
                                .kernel_size = {3},
                                .padding = "VALID",
                                .kernel_dilation = {2},
                                .dtype = bfloat16,
                                .depthwise_init = nn::initializers::ones(),
                                .pointwise_init = nn::initializers::constant(2),
                                .bias_init = nn::initializers::ones()};
  const auto [y, params] = layer.init(random::key(0), ones({6, 3}));
  CHECK(y.shape() == Shape{2, 2});
  CHECK(y.dtype() == bfloat16);
  CHECK(values(y) == std::vector<double>{19, 19, 19, 19});
  CHECK(params["depthwise"]["kernel"].tensor().dtype() == float32);
}

TEST_CASE("the derivatives of separable convolution agree with differences") {
  const nn::SeparableConv layer{.features = 2, .kernel_size = {2, 3}, .depth_multiplier = 2};
  CHECK(check_gradients(layer, uneven({2, 3, 3, 2})).passes());
  CHECK(check_gradients(layer, uneven({1, 2, 2, 2}), {.order = 2}).passes());
}

TEST_CASE("separable convolution refuses inputs and sizes it cannot work with") {
  const nn::SeparableConv layer{.features = 2, .kernel_size = {3, 3}};
  const auto init = [](const nn::SeparableConv& with, const Shape& shape) {
    return [=] { with.init(random::key(0), zeros(shape)); };
  };
  CHECK(fails<InvalidArgument>(
            init(layer.partial(&nn::SeparableConv::depth_multiplier, 0), {4, 4, 1}),
            {"separable_conv", "depth_multiplier 0"}) == "");
  CHECK(fails<InvalidArgument>(init(layer.partial(&nn::SeparableConv::features, -1), {4, 4, 1}),
                               {"separable_conv: features -1 must be at least 1"}) == "");
  CHECK(fails<InvalidArgument>(init(layer, {}), {"separable_conv", "channels"}) == "");
  CHECK(fails<InvalidArgument>(init(layer, {4, 1}), {"[4,1]", "2 spatial", "/depthwise"}) == "");
}
