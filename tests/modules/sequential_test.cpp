#include <catch2/catch.hpp>

#include <linseed/check_gradients.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/modules/activation.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/dense.h>
#include <linseed/modules/pooling.h>
#include <linseed/modules/sequential.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/module_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

Tensor flatten(const Tensor& x) { return reshape(x, {x.dim(0), -1}); }

const nn::Sequential kCnn{nn::Conv{.features = 3, .kernel_size = {3, 3}},
                          nn::relu,
                          [](const Tensor& x) {
                            return nn::max_pool(x, {2, 2}, {2, 2});
                          },
                          flatten,
                          nn::Dense{.features = 4}.named("head"),
                          nn::Dense{.features = 2, .bias = false}};

/// The same, written out.
struct Written : nn::Module<Written> {
  Tensor apply(Tensor x) const {
    x = nn::relu(nn::Conv{.features = 3, .kernel_size = {3, 3}}(x));
    x = flatten(nn::max_pool(x, {2, 2}, {2, 2}));
    x = nn::Dense{.features = 4}.named("head")(x);
    return nn::Dense{.features = 2, .bias = false}(x);
  }
};

}  // namespace

TEST_CASE("a sequential is a module that calls its layers in order") {
  const Tensor x = uneven({2, 4, 4, 1});
  const auto [y, params] = kCnn.init(random::key(5), x);
  const auto expected = Written{}.init(random::key(5), x);
  CHECK(bits(y) == bits(expected.output));
  const auto own = tree::named_leaves(params), other = tree::named_leaves(expected.params);
  REQUIRE(own.size() == 5);
  REQUIRE(other.size() == 5);
  for (std::size_t i = 0; i < own.size(); ++i) {
    CHECK(own[i].path() == other[i].path());
    CHECK(bits(own[i].tensor) == bits(other[i].tensor));
  }
  CHECK(params.contains("Conv_0"));
  CHECK(params.contains("head"));
  CHECK(params.contains("Dense_1"));
  CHECK(bits(kCnn.call(params, x)) == bits(y));
}

TEST_CASE("a sequential is created by shape, holds another, and stands in a module") {
  const nn::Sequential outer{nn::Sequential{nn::Dense{.features = 3}, nn::tanh},
                             nn::Dense{.features = 2}};
  const auto [y, model] = outer.create_by_shape(random::key(0), {{{5, 4}}});
  CHECK(y.shape() == Shape{5, 2});
  CHECK(model(zeros({1, 4})).shape() == Shape{1, 2});
  CHECK(model.params["Sequential_0"]["Dense_0"]["kernel"].tensor().shape() == Shape{4, 3});
  CHECK(model.params["Dense_1"]["kernel"].tensor().shape() == Shape{3, 2});

  struct Outer : nn::Module<Outer> {
    Tensor apply(const Tensor& x) const {
      return nn::Sequential{nn::Dense{.features = 3}, nn::relu}(x);
    }
  };
  CHECK(Outer{}.init(random::key(0), zeros({1, 2})).params["Sequential_0"].contains("Dense_0"));
}

TEST_CASE("a sequential without layers changes nothing") {
  const auto [y, params] = nn::Sequential<>{}.init(random::key(0), vector({1, 2}));
  CHECK(values(y) == std::vector<double>{1, 2});
  CHECK(params.size() == 0);
}

TEST_CASE("layers of a sequential keep state and remember their options") {
  const auto net = [](bool train) {
    return nn::Sequential{nn::Dense{.features = 2},
                          nn::BatchNorm{.use_running_average = !train, .momentum = 0.5f}};
  };
  const Tensor x = uneven({4, 3});
  const auto [made, state] = nn::stateful([&] { return net(true).init(random::key(0), x); });
  CHECK(values(state["/BatchNorm_1"]["mean"]) == std::vector<double>{0, 0});
  const Tree params = made.params;
  const auto [y, updated] = nn::stateful(state, [&] { return net(true).call(params, x); });
  CHECK(values(updated["/BatchNorm_1"]["mean"]) != std::vector<double>{0, 0});
  const Tensor evaluated =
      nn::stateful(updated, nn::frozen, [&] { return net(false).call(params, x); });
  CHECK(bits(evaluated) != bits(y));
}

TEST_CASE("an error inside of a sequential names the layer") {
  CHECK(fails<InvalidArgument>(
            [] {
              kCnn.init(random::key(0), zeros({2, 3}));
            },
            {"conv", "[2,3]", "/Conv_0"}) == "");
}

TEST_CASE("the derivatives of a sequential agree with differences") {
  const nn::Sequential net{nn::Dense{.features = 3}, nn::tanh, nn::Dense{.features = 2}};
  CHECK(check_gradients(net, uneven({2, 2})).passes());
}
