// Cases of the Flax 0.2.2 tests of its layers, under their numbers; the models are theirs, the data
// random where theirs is.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/einsum.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/statistics.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/conv_transpose.h>
#include <linseed/modules/dense.h>
#include <linseed/modules/dense_general.h>
#include <linseed/modules/embed.h>
#include <linseed/modules/group_norm.h>
#include <linseed/modules/layer_norm.h>
#include <linseed/modules/pooling.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;
namespace init = linseed::nn::initializers;

namespace {

using Numbers = std::vector<double>;

/// `size` times the number.
Numbers repeated(std::int64_t size, double number) {
  return Numbers(static_cast<std::size_t>(size), number);
}

void check_all(const Tensor& tensor, const Shape& shape, double number) {
  CHECK(tensor.shape() == shape);
  CHECK(values(tensor) == repeated(shape.size(), number));
}

/// Largest difference of two tensors of one shape.
double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return a.size() == 0 ? 0 : max(abs(a - b)).item<double>();
}

template <class M>
auto init_with(const M& module, const Tensor& x) {
  return module.init(random::key(0), x);
}

/// 0 … 8 as an image, and the gradient of the sum of what f makes of it.
Tensor image() { return reshape(arange(9, float32), {1, 3, 3, 1}); }

template <class F>
Numbers gradient_of_sum(const F& f, const Tensor& x) {
  return values(grad([&](const Tensor& t) { return sum(f(t)); })(x));
}

const nn::DenseGeneral kOnesGeneral{
    .features = 1, .kernel_init = init::ones(), .bias_init = init::ones()};

/// Cases 50 to 52, with random kernels, where theirs are of ones.
double distance_from_einsum(const nn::OneOrMore& axis, std::vector<int> batch,
                            std::string_view equation) {
  const Tensor x = ones({16, 8, 9, 10});
  const nn::DenseGeneral layer{.features = {11, 12},
                               .axis = axis,
                               .batch_dims = std::move(batch),
                               .bias_init = init::ones()};
  const auto [y, params] = init_with(layer, x);
  return distance(y, einsum(equation, x, params["kernel"]) + 1);
}

/// Cases 56 and 57: ten rows of four equal features.
void check_transposed(const Shape& x, const Shape& y_shape) {
  const nn::ConvTranspose layer{.features = 4,
                                .kernel_size = {3},
                                .padding = "VALID",
                                .kernel_init = init::ones(),
                                .bias_init = init::ones()};
  const auto [y, params] = init_with(layer, ones(x));
  Numbers rows;
  for (const double row : {4, 7, 10, 10, 10, 10, 10, 10, 7, 4}) rows.insert(rows.end(), 4, row);
  CHECK(y.shape() == y_shape);
  CHECK(values(y) == rows);
  CHECK(params["kernel"].tensor().shape() == Shape{3, 3, 4});
}

}  // namespace

TEST_CASE("peer 029: pool takes a product") {
  const auto multiply = [](const Tensor& a, const Tensor& b) { return a * b; };
  check_all(nn::pool(full({1, 3, 3, 1}, 2.f), 1, multiply, {2, 2}, {1, 1}, "VALID"), {1, 2, 2, 1},
            16);
}

TEST_CASE("peer 030: avg_pool and its gradient") {
  const Tensor x = full({1, 3, 3, 1}, 2.f);
  const auto pool = [](const Tensor& t) { return nn::avg_pool(t, {2, 2}); };
  check_all(pool(x), {1, 2, 2, 1}, 2);
  CHECK(gradient_of_sum(pool, x) == Numbers{.25, .5, .25, .5, 1, .5, .25, .5, .25});
}

TEST_CASE("peer 031: max_pool and its gradient") {
  const auto pool = [](const Tensor& t) { return nn::max_pool(t, {2, 2}); };
  CHECK(pool(image()).shape() == Shape{1, 2, 2, 1});
  CHECK(values(pool(image())) == Numbers{4, 5, 7, 8});
  CHECK(gradient_of_sum(pool, image()) == Numbers{0, 0, 0, 0, 1, 1, 0, 1, 1});
}

TEST_CASE("peer 032: max_pool with explicit padding") {
  const auto pool = [](const Tensor& t) {
    return nn::max_pool(t, {2, 2}, {1, 1}, {{1, 1}, {1, 1}});
  };
  CHECK(pool(image()).shape() == Shape{1, 4, 4, 1});
  CHECK(values(pool(image())) == Numbers{0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 6, 7, 8, 8});
  CHECK(gradient_of_sum(pool, image()) == Numbers{1, 1, 2, 1, 1, 2, 2, 2, 4});
}

TEST_CASE("peer 033: batch_norm normalises and keeps averages") {
  const Tensor x = random::normal(random::key(1), {4, 3, 2});
  const nn::BatchNorm layer{.momentum = 0.9f};
  const auto [made, state] = nn::stateful([&] { return init_with(layer, x); });
  CHECK(distance(mean(made.output, {0, 1}), zeros({2})) < 1e-4);
  CHECK(distance(var(made.output, {0, 1}), ones({2})) < 1e-4);
  const Tree params = made.params;
  const auto [y, updated] = nn::stateful(state, [&] { return layer.call(params, x); });
  CHECK(distance(updated["/"]["mean"], 0.1 * mean(x, {0, 1})) < 1e-4);
  CHECK(distance(updated["/"]["var"], 0.9 + 0.1 * var(x, {0, 1})) < 1e-4);
}

TEST_CASE("peer 034: layer_norm") {
  const Tensor x = random::normal(random::key(1), {2, 3, 4});
  const Tensor y =
      init_with(nn::LayerNorm{.epsilon = 1e-5f, .bias = false, .scale = false}, x).output;
  CHECK(y.dtype() == x.dtype());
  const Tensor center = mean(x, -1, keepdims), spread = var(x, -1, 0, keepdims);
  CHECK(distance(y, (x - center) / sqrt(spread + 1e-5)) < 1e-4);
}

TEST_CASE("peer 035: group_norm") {
  const Tensor x = random::normal(random::key(1), {2, 5, 4, 4, 32});
  const Tensor y =
      init_with(nn::GroupNorm{.num_groups = 2, .epsilon = 1e-5f, .bias = false, .scale = false}, x)
          .output;
  const Tensor groups = reshape(x, {2, 5, 4, 4, 2, 16});
  const Axes axes{1, 2, 3, 5};
  const Tensor expected =
      (groups - mean(groups, axes, keepdims)) / sqrt(var(groups, axes, 0, keepdims) + 1e-5);
  CHECK(distance(y, reshape(expected, x.shape())) < 1e-4);
}

TEST_CASE("peer 042: dense") {
  const nn::Dense dense{.features = 4, .kernel_init = init::ones(), .bias_init = init::ones()};
  check_all(init_with(dense, ones({1, 3})).output, {1, 4}, 4);
}

TEST_CASE("peer 043: dense with an extra batch dimension") {
  const nn::Dense dense{.features = 4, .kernel_init = init::ones(), .bias_init = init::ones()};
  check_all(init_with(dense, ones({1, 2, 3})).output, {1, 2, 4}, 4);
}

TEST_CASE("peer 044: dense without a bias") {
  const nn::Dense dense{.features = 4, .bias = false, .kernel_init = init::ones()};
  check_all(init_with(dense, ones({1, 3})).output, {1, 4}, 3);
}

TEST_CASE("peer 045: dense is dense_general") {
  const Tensor x = random::normal(random::key(1), {5, 3});
  const nn::Dense dense{.features = 4, .bias_init = init::normal()};
  const nn::DenseGeneral general{.features = 4, .bias_init = init::normal()};
  CHECK(distance(init_with(dense, x).output, init_with(general, x).output) < 1e-6);
}

TEST_CASE("peer 046: the batch dimensions of dense_general are consecutive and lead") {
  const nn::DenseGeneral layer{.features = 4, .batch_dims = {0, 2}};
  CHECK(fails<InvalidArgument>(
            [&] {
              init_with(layer, ones({1, 3, 2, 5}));
            },
            {"batch_dims [0, 2]", "consecutive leading"}) == "");
}

TEST_CASE("peer 047: dense_general makes two axes") {
  const auto layer = kOnesGeneral.partial(&nn::DenseGeneral::features, nn::OneOrMore{2, 2});
  check_all(init_with(layer, ones({1, 3})).output, {1, 2, 2}, 4);
}

TEST_CASE("peer 048: dense_general sums over two axes") {
  const auto layer = kOnesGeneral.partial(&nn::DenseGeneral::features, 3, &nn::DenseGeneral::axis,
                                          nn::OneOrMore{-2, 2});
  check_all(init_with(layer, ones({1, 2, 2})).output, {1, 3}, 5);
}

TEST_CASE("peer 049: each batch element of dense_general has a kernel of its own") {
  auto calls = std::make_shared<int>(0);
  const nn::DenseGeneral layer{.features = 7,
                               .axis = {3, -2},
                               .batch_dims = {0},
                               .kernel_init =
                                   [calls](const Tensor&, const Shape& shape) {
                                     return full(shape, static_cast<float>(++*calls));
                                   },
                               .bias_init = init::ones()};
  const Tensor y = init_with(layer, ones({2, 1, 3, 5})).output;
  CHECK(y.shape() == Shape{2, 1, 7});
  Numbers expected = repeated(7, 16);
  expected.insert(expected.end(), 7, 31);
  CHECK(values(y) == expected);
}

TEST_CASE("peer 050: dense_general over (-2, 3) against einsum") {
  CHECK(distance_from_einsum({-2, 3}, {}, "bijk,jklm->bilm") < 1e-6);
}

TEST_CASE("peer 051: dense_general over (3, -2) against einsum") {
  CHECK(distance_from_einsum({3, -2}, {}, "bijk,kjlm->bilm") < 1e-6);
}

TEST_CASE("peer 052: dense_general over (-2, 3) with a batch dimension against einsum") {
  CHECK(distance_from_einsum({-2, 3}, {0}, "bijk,bjklm->bilm") < 1e-6);
}

TEST_CASE("peer 053: conv") {
  const nn::Conv conv{.features = 4,
                      .kernel_size = {3},
                      .padding = "VALID",
                      .kernel_init = init::ones(),
                      .bias_init = init::ones()};
  const auto [y, params] = init_with(conv, ones({1, 8, 3}));
  check_all(y, {1, 6, 4}, 10);
  CHECK(params["kernel"].tensor().shape() == Shape{3, 3, 4});
}

TEST_CASE("peer 054: conv of a single input") {
  const nn::Conv conv{.features = 4,
                      .kernel_size = {3},
                      .padding = "VALID",
                      .kernel_init = init::ones(),
                      .bias_init = init::ones()};
  const auto [y, params] = init_with(conv, ones({8, 3}));
  check_all(y, {6, 4}, 10);
  CHECK(params["kernel"].tensor().shape() == Shape{3, 3, 4});
}

TEST_CASE("peer 055: conv in groups") {
  const nn::Conv conv{.features = 4,
                      .kernel_size = {3},
                      .padding = "VALID",
                      .feature_group_count = 2,
                      .kernel_init = init::ones(),
                      .bias_init = init::ones()};
  const auto [y, params] = init_with(conv, ones({1, 8, 4}));
  check_all(y, {1, 6, 4}, 7);
  CHECK(params["kernel"].tensor().shape() == Shape{3, 2, 4});
}

TEST_CASE("peer 056: conv_transpose") { check_transposed({1, 8, 3}, {1, 10, 4}); }

TEST_CASE("peer 057: conv_transpose of a single input") { check_transposed({8, 3}, {10, 4}); }

TEST_CASE("peer 058: embed and attend") {
  const Tensor table = broadcast_to(reshape(arange(4, float32), {4, 1}), {4, 3});
  const nn::Embed embed{.num_embeddings = 4,
                        .features = 3,
                        .embedding_init = [table](const Tensor&, const Shape&) { return table; }};
  const auto [y, params] = init_with(embed, reshape(arange(4), {1, 4}));
  CHECK(y.shape() == Shape{1, 4, 3});
  CHECK(bits(y) == bits(table));
  const nn::Model<nn::Embed> model(embed, params);
  CHECK(values(model.method<&nn::Embed::attend>(ones({3}))) == Numbers{0, 3, 6, 9});
}
