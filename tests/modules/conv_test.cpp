#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/modules/conv.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/module_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

nn::Conv ones_conv(Shape size, Shape strides = {}, Padding padding = "SAME") {
  return nn::Conv{.features = 1,
                  .kernel_size = size,
                  .strides = strides,
                  .padding = padding,
                  .kernel_init = nn::initializers::ones()};
}

/// 0 … 11 as an image [1,3,4,1].
Tensor image() { return reshape(arange(12, float32), {1, 3, 4, 1}); }

}  // namespace

TEST_CASE("conv does not flip its kernel, and adds the bias") {
  const nn::Conv conv{.features = 2, .kernel_size = {1, 2}, .padding = "VALID"};
  const Tree params{{"kernel", Tensor::from({1.f, 10.f, 2.f, 20.f}, {1, 2, 1, 2})},
                    {"bias", vector({0.5, -0.5})}};
  const Tensor y = conv.call(params, Tensor::from({1.f, 3.f, 4.f}, {1, 1, 3, 1}));
  CHECK(y.shape() == Shape{1, 1, 2, 2});
  CHECK(values(y) == std::vector<double>{7.5, 69.5, 11.5, 109.5});
}

TEST_CASE("conv pads by name or by numbers, and strides") {
  const auto run = [](const nn::Conv& conv) { return conv.init(random::key(0), image()).output; };
  CHECK(run(ones_conv({3, 3})).shape() == Shape{1, 3, 4, 1});
  CHECK(values(run(ones_conv({3, 3}, {}, "VALID"))) == std::vector<double>{45, 54});
  CHECK(values(run(ones_conv({2, 2}, {2, 2}))) == std::vector<double>{10, 18, 17, 21});
  const Tensor padded = run(ones_conv({3, 3}, {1, 3}, {{0, 1}, {2, 0}}));
  CHECK(values(padded) == std::vector<double>{12, 54, 12, 48});
  // No window fits: an empty image, as in JAX.
  CHECK(run(ones_conv({6, 6}, {}, "VALID")).shape() == Shape{1, 0, 0, 1});
}

TEST_CASE("the kernel of conv is HWIO and its fan-in counts the window") {
  const nn::Conv conv{.features = 5, .kernel_size = {3, 2}};
  const Tree params = conv.init(random::key(0), zeros({1, 4, 4, 7})).params;
  CHECK(params["kernel"].tensor().shape() == Shape{3, 2, 7, 5});
  CHECK(params["bias"].tensor().shape() == Shape{5});
  const auto own =
      nn::initializers::lecun_normal()(random::fold_name(random::key(0), "kernel"), {3, 2, 7, 5});
  CHECK(bits(params["kernel"]) == bits(own));
  CHECK_FALSE(conv.partial(&nn::Conv::bias, false)
                  .init(random::key(0), zeros({1, 4, 4, 7}))
                  .params.contains("bias"));
}

TEST_CASE("one example is convolved like a batch of one") {
  const nn::Conv conv{.features = 3, .kernel_size = {3, 3}};
  const Tensor x = uneven({5, 4, 2});
  const auto [y, params] = conv.init(random::key(0), x);
  CHECK(y.shape() == Shape{5, 4, 3});
  CHECK(bits(y) == bits(conv.call(params, expand_dims(x, 0))));
}

TEST_CASE("conv works over lines and volumes, dilated and in groups") {
  const auto shapes = [](const nn::Conv& conv, const Shape& x) {
    const auto [y, params] = conv.init(random::key(0), zeros(x));
    return std::pair(y.shape(), params["kernel"].tensor().shape());
  };
  CHECK(shapes({.features = 4, .kernel_size = {3}, .strides = {2}}, {2, 7, 3}) ==
        std::pair(Shape{2, 4, 4}, Shape{3, 3, 4}));
  CHECK(shapes({.features = 4, .kernel_size = {3}}, {7, 3}) ==
        std::pair(Shape{7, 4}, Shape{3, 3, 4}));
  CHECK(shapes({.features = 2, .kernel_size = {3, 2, 1}, .padding = "VALID"}, {1, 5, 4, 3, 2}) ==
        std::pair(Shape{1, 3, 3, 3, 2}, Shape{3, 2, 1, 2, 2}));
  CHECK(shapes({.features = 12, .kernel_size = {3, 3}, .feature_group_count = 6}, {2, 4, 4, 6}) ==
        std::pair(Shape{2, 4, 4, 12}, Shape{3, 3, 1, 12}));
  CHECK(shapes({.features = 1,
                .kernel_size = {2},
                .padding = "VALID",
                .input_dilation = {3},
                .kernel_dilation = {2}},
               {1, 4, 1}) == std::pair(Shape{1, 8, 1}, Shape{2, 1, 1}));
}

TEST_CASE("conv computes in its dtype, and keeps parameters in float32") {
  const nn::Conv conv{.features = 1, .kernel_size = {2, 2}, .dtype = float64};
  const auto [y, params] = conv.init(random::key(0), image());
  CHECK(y.dtype() == float64);
  CHECK(params["kernel"].tensor().dtype() == float32);
}

TEST_CASE("the derivatives of conv agree with differences") {
  const nn::Conv same{.features = 2, .kernel_size = {3, 3}, .dtype = float64};
  CHECK(derivative_error(same, uneven_weights({2, 4, 3, 2})).passes());
  CHECK(derivative_error(same, uneven_weights({4, 3, 2})).passes());
  CHECK(derivative_error(same, uneven_weights({1, 3, 3, 1}), 2).passes());
  const auto strided =
      same.partial(&nn::Conv::strides, Shape{2, 1}, &nn::Conv::padding, Padding({{1, 0}, {0, 2}}));
  CHECK(derivative_error(strided, uneven_weights({2, 5, 4, 2})).passes());
  const nn::Conv grouped{.features = 4,
                         .kernel_size = {2, 1, 2},
                         .kernel_dilation = {1, 1, 2},
                         .feature_group_count = 2,
                         .dtype = float64};
  CHECK(derivative_error(grouped, uneven_weights({1, 2, 2, 3, 2})).passes());
}

TEST_CASE("conv refuses inputs and sizes it cannot work with") {
  const auto init = [](const nn::Conv& conv, const Shape& shape) {
    return [=] { conv.init(random::key(0), zeros(shape)); };
  };
  CHECK(fails<InvalidArgument>(init(ones_conv({3, 3}), {2, 5}),
                               {"conv", "[n,spatial…,c]", "2 spatial", "[2,5]"}) == "");
  CHECK(fails<InvalidArgument>(init(ones_conv({3}), {1, 4, 4, 1}), {"kernel_size [3]"}) == "");
  CHECK(fails<InvalidArgument>(init(ones_conv({3, 3}, {1}), {1, 4, 4, 1}), {"strides [1]"}) == "");
  CHECK(fails<InvalidArgument>(init(ones_conv({}), {1, 4, 4, 1}), {"kernel_size", "{3, 3}"}) == "");
  CHECK(fails<InvalidArgument>(init(ones_conv({1, 1, 1, 1}), {1, 1, 1, 1, 1, 1}),
                               {"kernel_size [1,1,1,1]", "1 to 3"}) == "");
  CHECK(fails<InvalidArgument>(init(ones_conv({3, 3}, {0, 1}), {1, 4, 4, 1}),
                               {"conv", "strides [0,1]"}) == "");
  const auto grouped = [&](int groups) {
    return init(ones_conv({1}).partial(&nn::Conv::feature_group_count, groups), {2, 5, 3});
  };
  CHECK(fails<InvalidArgument>(grouped(2), {"3 input channels", "2 feature groups"}) == "");
  CHECK(fails<InvalidArgument>(grouped(0), {"0 feature groups"}) == "");
  CHECK(fails<InvalidArgument>(grouped(3), {"1 features", "3 feature groups"}) == "");
  CHECK(fails<InvalidArgument>(init(ones_conv({0, 3}), {1, 4, 4, 1}),
                               {"conv: kernel_size [0,3] must be at least 1"}) == "");
  for (const int features : {0, -2}) {
    CHECK(fails<InvalidArgument>(
              init(ones_conv({3, 3}).partial(&nn::Conv::features, features), {1, 4, 4, 1}),
              {fmt::format("conv: features {} must be at least 1", features)}) == "");
  }
  const Tree params = ones_conv({3, 3}).init(random::key(0), zeros({1, 4, 4, 3})).params;
  CHECK(breaks(ModuleRule::E12,
               [&] {
                 ones_conv({3, 3}).call(params, zeros({1, 4, 4, 2}));
               },
               {"\"kernel\"", "[3,3,3,1]", "[3,3,2,1]"}) == "");
}
