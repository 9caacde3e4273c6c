#include <catch2/catch.hpp>

#include <linseed/check_gradients.h>
#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/conv_transpose.h>
#include <linseed/tests/golden/enlarging.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/module_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

/// y and the gradients of Σ w y against JAX, in float64: sums of up to 36 terms.
template <std::size_t n, std::size_t x, std::size_t k>
void check(nn::ConvTranspose layer, const Shape& x_shape, const Shape& kernel_shape,
           const double (&y)[n], const double (&dx)[x], const double (&dkernel)[k]) {
  layer.bias = false;
  layer.dtype = float64;
  const auto loss_of = [&](const std::pair<Tensor, Tensor>& at) {
    const Tensor out = layer.call({{"kernel", at.second}}, at.first);
    return std::pair(sum(out * uneven(out.shape(), 3)), out);
  };
  const std::pair inputs(astype(uneven(x_shape, 1), float64),
                         astype(uneven(kernel_shape, 2), float64));
  const auto [loss, out, gradient] = value_and_grad(loss_of, has_aux)(inputs);
  CHECK(deviation(out, y) < 1e-14);
  CHECK(deviation(gradient.first, dx) < 1e-14);
  CHECK(deviation(gradient.second, dkernel) < 1e-14);
}

}  // namespace

TEST_CASE("transposed convolution and its derivatives equal those of JAX") {
  using namespace golden;
  check({.features = 2, .kernel_size = {3}, .strides = {2}}, {2, 4, 2}, {3, 2, 2}, kTransposedLine,
        kTransposedLineInputGradient, kTransposedLineKernelGradient);
  check({.features = 2, .kernel_size = {2}, .strides = {3}}, {1, 3, 1}, {2, 1, 2},
        kTransposedLineNarrow, kTransposedLineNarrowInputGradient,
        kTransposedLineNarrowKernelGradient);
  check({.features = 1, .kernel_size = {4}, .strides = {2}, .padding = "VALID"}, {1, 3, 2},
        {4, 2, 1}, kTransposedLineValid, kTransposedLineValidInputGradient,
        kTransposedLineValidKernelGradient);
  check({.features = 2, .kernel_size = {3, 2}, .strides = {2, 1}, .kernel_dilation = {1, 2}},
        {1, 3, 2, 2}, {3, 2, 2, 2}, kTransposedImage, kTransposedImageInputGradient,
        kTransposedImageKernelGradient);
  check({.features = 1, .kernel_size = {3, 3}, .strides = {2, 2}, .padding = {{1, 2}, {0, 3}}},
        {1, 2, 3, 2}, {3, 3, 2, 1}, kTransposedImagePairs, kTransposedImagePairsInputGradient,
        kTransposedImagePairsKernelGradient);
  check({.features = 1, .kernel_size = {2, 3, 2}, .strides = {2, 1, 2}, .padding = "VALID"},
        {1, 2, 2, 1, 2}, {2, 3, 2, 2, 1}, kTransposedVolume, kTransposedVolumeInputGradient,
        kTransposedVolumeKernelGradient);
}

TEST_CASE("transposed convolution is the derivative of convolution, its kernel turned round") {
  const Tensor small = uneven({1, 3, 3, 2}), kernel = uneven({3, 3, 2, 4}, 2);
  const nn::Conv conv{.features = 2, .kernel_size = {3, 3}, .strides = {2, 2}, .bias = false};
  const Tensor turned = swap_axes(flip(kernel, {0, 1}), 2, 3);
  const Tensor derivative = grad([&](const Tensor& x) {
    return sum(conv.call({{"kernel", turned}}, x) * small);
  })(zeros({1, 6, 6, 4}));
  const nn::ConvTranspose transpose{
      .features = 4, .kernel_size = {3, 3}, .strides = {2, 2}, .bias = false};
  const auto a = values(transpose.call({{"kernel", kernel}}, small)), b = values(derivative);
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).margin(1e-5));
}

TEST_CASE("transposed convolution multiplies sizes by its strides") {
  const auto shape = [](const nn::ConvTranspose& layer, const Shape& x) {
    return layer.init(random::key(0), zeros(x)).output.shape();
  };
  for (const std::int64_t k : {1, 2, 3, 4, 5}) {
    for (const std::int64_t s : {1, 2, 3}) {
      const nn::ConvTranspose same{.features = 2, .kernel_size = {k}, .strides = {s}};
      CHECK(shape(same, {1, 7, 1}) == Shape{1, 7 * s, 2});
      const auto valid = same.partial(&nn::ConvTranspose::padding, "VALID");
      CHECK(shape(valid, {1, 7, 1}) == Shape{1, 7 * s + std::max<std::int64_t>(k - s, 0), 2});
    }
  }
  CHECK(shape({.features = 2, .kernel_size = {3}, .padding = "VALID", .kernel_dilation = {2}},
              {7, 1}) == Shape{11, 2});
}

TEST_CASE("one example is enlarged like a batch of one, and the bias is added") {
  const nn::ConvTranspose layer{.features = 3,
                                .kernel_size = {3, 3},
                                .strides = {2, 2},
                                .bias_init = nn::initializers::constant(2)};
  const Tensor x = uneven({4, 3, 2});
  const auto [y, params] = layer.init(random::key(0), x);
  CHECK(y.shape() == Shape{8, 6, 3});
  CHECK(bits(y) == bits(layer.call(params, expand_dims(x, 0))));
  CHECK(params["kernel"].tensor().shape() == Shape{3, 3, 2, 3});
  CHECK(values(layer.call(params, zeros({1, 1, 2})))[0] == 2);
  CHECK(layer.partial(&nn::ConvTranspose::bias, false).init(random::key(0), x).params.size() == 1);
}

TEST_CASE("transposed convolution computes in its dtype, and keeps parameters in float32") {
  for (const DType dtype : {bfloat16, float64}) {
    const nn::ConvTranspose layer{.features = 1, .kernel_size = {2, 2}, .dtype = dtype};
    const auto [y, params] = layer.init(random::key(0), ones({1, 2, 2, 1}, int32));
    CHECK(y.dtype() == dtype);
    CHECK(params["kernel"].tensor().dtype() == float32);
    CHECK(params["bias"].tensor().dtype() == float32);
  }
}

TEST_CASE("the derivatives of transposed convolution agree with differences") {
  const nn::ConvTranspose layer{.features = 2, .kernel_size = {3, 2}, .strides = {2, 2}};
  CHECK(check_gradients(layer, uneven({2, 3, 2, 2})).passes());
  CHECK(check_gradients(layer, uneven({2, 2, 1}), {.order = 2}).passes());
}

TEST_CASE("transposed convolution refuses inputs and sizes it cannot work with") {
  const auto init = [](const nn::ConvTranspose& layer, const Shape& shape) {
    return [=] { layer.init(random::key(0), zeros(shape)); };
  };
  const nn::ConvTranspose layer{.features = 1, .kernel_size = {3, 3}};
  using Layer = nn::ConvTranspose;
  CHECK(fails<InvalidArgument>(init(layer, {2, 5}),
                               {"conv_transpose", "[n,spatial…,c]", "[2,5]"}) == "");
  CHECK(fails<InvalidArgument>(init(layer.partial(&Layer::kernel_size, Shape{}), {2, 5}),
                               {"conv_transpose", "kernel_size", "{3, 3}"}) == "");
  CHECK(fails<InvalidArgument>(init(layer.partial(&Layer::kernel_size, Shape{0, 3}), {2, 5, 1}),
                               {"conv_transpose", "kernel_size [0,3]"}) == "");
  CHECK(fails<InvalidArgument>(init(layer.partial(&Layer::features, 0), {2, 5, 1}),
                               {"conv_transpose: features 0 must be at least 1"}) == "");
  CHECK(fails<InvalidArgument>(init(layer.partial(&Layer::strides, Shape{2}), {2, 5, 1}),
                               {"conv_transpose", "strides [2]", "2 spatial"}) == "");
  CHECK(fails<InvalidArgument>(init(layer.partial(&Layer::strides, Shape{0, 1}), {2, 5, 1}),
                               {"conv_transpose", "strides [0,1]"}) == "");
  CHECK(fails<InvalidArgument>(init(layer.partial(&Layer::kernel_dilation, Shape{1}), {2, 5, 1}),
                               {"kernel dilation [1]"}) == "");
  CHECK(fails<InvalidArgument>(init(layer.partial(&Layer::padding, Padding({{1, 1}})), {2, 5, 1}),
                               {"1 padding pairs", "2 spatial"}) == "");
  CHECK(breaks(ModuleRule::E12,
               [&] {
                 const Tree params = layer.init(random::key(0), zeros({4, 4, 3})).params;
                 layer.call(params, zeros({4, 4, 2}));
               },
               {"\"kernel\"", "[3,3,3,1]", "[3,3,2,1]"}) == "");
}
