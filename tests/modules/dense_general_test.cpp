#include <catch2/catch.hpp>

#include <linseed/check_gradients.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/einsum.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/modules/dense.h>
#include <linseed/modules/dense_general.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/module_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

const auto kNormal = nn::initializers::normal(1);

/// What the layer makes of uneven x and random parameters, less what einsum and a bias broadcast
/// as `beside` make of them.
double worst_difference(nn::DenseGeneral layer, const Shape& x_shape, std::string_view equation,
                        const Shape& beside) {
  layer.dtype = float64;
  layer.bias_init = kNormal;
  const Tensor x = astype(uneven(x_shape), float64);
  const auto [y, params] = layer.init(random::key(4), x);
  const Tensor expected =
      einsum(equation, x, astype(params["kernel"], float64)) + reshape(params["bias"], beside);
  REQUIRE(y.shape() == expected.shape());
  double worst = 0;
  for (const double difference : values(y - expected)) {
    worst = std::max(worst, std::abs(difference));
  }
  return worst;
}

}  // namespace

TEST_CASE("dense general over the last axis is dense, initial values included") {
  const Tensor x = uneven({5, 3});
  const nn::DenseGeneral general{.features = 4, .bias_init = kNormal};
  const nn::Dense dense{.features = 4, .bias_init = kNormal};
  const auto a = general.init(random::key(0), x);
  const auto b = dense.init(random::key(0), x);
  CHECK(bits(a.output) == bits(b.output));
  CHECK(bits(a.params["kernel"]) == bits(b.params["kernel"]));
  CHECK(bits(a.params["bias"]) == bits(b.params["bias"]));
}

// Products of up to 24 numbers of size 1 in float64.
TEST_CASE("dense general sums over any axes, in the order given") {
  CHECK(worst_difference({.features = {2, 3}, .axis = {-2, -1}}, {5, 2, 3, 4}, "abcd,cdef->abef",
                         {2, 3}) < 1e-14);
  CHECK(worst_difference({.features = {2, 3}, .axis = {3, 2}}, {5, 2, 3, 4}, "abcd,dcef->abef",
                         {2, 3}) < 1e-14);
  // The free axes do not all come first: the bias still belongs to the features.
  CHECK(worst_difference({.features = 2, .axis = 1}, {2, 3, 4}, "abc,bd->acd", {2}) < 1e-14);
  CHECK(worst_difference({.features = {4, 2}, .axis = {0, 2}}, {3, 2, 4}, "abc,acde->bde", {4, 2}) <
        1e-14);
}

TEST_CASE("dense general has a kernel and a bias for each element of the batch dimensions") {
  CHECK(worst_difference({.features = {2, 3}, .axis = -1, .batch_dims = {0}}, {3, 2, 4},
                         "abc,acde->abde", {3, 1, 2, 3}) < 1e-14);
  CHECK(worst_difference({.features = 5, .axis = 2, .batch_dims = {0, 1}}, {3, 2, 4, 2},
                         "abcd,abce->abde", {3, 2, 1, 5}) < 1e-14);
  // In another order the result and the parameters have it, too.
  CHECK(worst_difference({.features = 5, .axis = 3, .batch_dims = {1, 0}}, {3, 2, 4, 2},
                         "abcd,bade->bace", {2, 3, 1, 5}) < 1e-14);
  // Each begins like a Dense of its own with the same key.
  const nn::DenseGeneral layer{.features = 3, .batch_dims = {0}};
  const Tensor kernel = layer.init(random::key(0), zeros({2, 1, 4})).params["kernel"];
  CHECK(kernel.shape() == Shape{2, 4, 3});
  const nn::Dense dense{.features = 3};
  const Tensor one = dense.init(random::key(0), zeros({1, 4})).params["kernel"];
  CHECK(bits(kernel) == bits(stack({one, one})));
}

TEST_CASE("the fan-in of dense general counts all axes that are summed over") {
  const auto seen = [](const nn::DenseGeneral& layer, const Shape& x) {
    Shape shape;
    layer
        .partial(&nn::DenseGeneral::kernel_init,
                 nn::Initializer([&](const Tensor&, const Shape& wanted) {
                   shape = wanted;
                   return ones(wanted);
                 }))
        .init(random::key(0), zeros(x));
    return shape;
  };
  CHECK(seen({.features = {4, 5}, .axis = {1, 2}}, {7, 2, 3}) == Shape{6, 20});
  CHECK(seen({.features = 4, .axis = {2, 1}, .batch_dims = {0}}, {7, 2, 3}) == Shape{6, 4});
}

TEST_CASE("dense general without a bias or batch elements, over empty and single examples") {
  const nn::DenseGeneral layer{.features = {2, 2}, .bias = false};
  const auto [y, params] = layer.init(random::key(0), zeros({0, 3}));
  CHECK(y.shape() == Shape{0, 2, 2});
  CHECK(params.size() == 1);
  CHECK(layer.call(params, zeros({3})).shape() == Shape{2, 2});
  const nn::DenseGeneral batched{.features = 2, .batch_dims = {0}};
  CHECK(batched.init(random::key(0), zeros({0, 3})).output.shape() == Shape{0, 2});
}

TEST_CASE("dense general computes in its dtype, and keeps parameters in float32") {
  for (const DType dtype : {bfloat16, float64}) {
    const nn::DenseGeneral layer{.features = 3, .dtype = dtype};
    const auto [y, params] = layer.init(random::key(0), ones({1, 2}, int32));
    CHECK(y.dtype() == dtype);
    CHECK(params["kernel"].tensor().dtype() == float32);
    CHECK(params["bias"].tensor().dtype() == float32);
  }
}

TEST_CASE("the derivatives of dense general agree with differences") {
  const nn::DenseGeneral layer{.features = {2, 2}, .axis = {2, 1}, .batch_dims = {0}};
  CHECK(check_gradients(layer, uneven({2, 3, 2, 2})).passes());
  CHECK(check_gradients(layer, uneven({2, 2, 1, 2}), {.order = 2}).passes());
}

TEST_CASE("dense general refuses axes that do not fit") {
  const auto init = [](const nn::DenseGeneral& layer, const Shape& shape) {
    return [=] { layer.init(random::key(0), zeros(shape)); };
  };
  const auto batch = [&](std::vector<int> dims) {
    return init({.features = 2, .batch_dims = std::move(dims)}, {2, 3, 4});
  };
  CHECK(fails<InvalidArgument>(batch({1}), {"batch_dims [1]", "consecutive leading"}) == "");
  CHECK(fails<InvalidArgument>(batch({-3}), {"batch_dims [-3]", "starting at 0"}) == "");
  CHECK(fails<InvalidArgument>(batch({0, 0}), {"batch_dims [0, 0]"}) == "");
  CHECK(fails<InvalidArgument>(batch({0, 1, 2, 3}), {"[0, 1, 2, 3]", "[2,3,4]"}) == "");
  CHECK(fails<InvalidArgument>(batch({0, 1, 2}), {"axis 2", "batch_dims [0, 1, 2]"}) == "");
  CHECK(fails<InvalidArgument>(init({.features = 2, .axis = {1, -2}}, {2, 3, 4}),
                               {"dense_general: axis 1", "twice"}) == "");
  CHECK(fails<InvalidArgument>(init({.features = 2, .axis = 3}, {2, 3, 4}),
                               {"dense_general", "axis 3"}) == "");
  CHECK(fails<InvalidArgument>(init({.features = 2}, {}), {"dense_general", "axis -1"}) == "");
  CHECK(fails<InvalidArgument>(init({.features = {2, 0}}, {2, 3}),
                               {"dense_general: features 0 must be at least 1"}) == "");
}

namespace {

template <class M>
constexpr bool kNeedsNothing = requires {
  M{};
};

}  // namespace

TEST_CASE("the features of dense general have to be given") {
  STATIC_REQUIRE_FALSE(kNeedsNothing<nn::DenseGeneral>);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<nn::OneOrMore>);
}
