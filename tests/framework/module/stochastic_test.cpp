// Keys drawn while modules run.
#include <catch2/catch.hpp>

#include <thread>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/module/module.h>
#include <linseed/framework/module/stochastic.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/support/body.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

const Tensor kKey = random::key(7);

std::string nth(std::uint32_t n, const Tensor& key = kKey) { return bits(random::fold_in(key, n)); }

Tensor noisy(const Tensor& x) { return x + random::normal(nn::make_rng(), x.shape()); }

}  // namespace

TEST_CASE("scopes of randomness nest without disturbing each other") {
  CHECK_FALSE(nn::is_stochastic());
  nn::stochastic(kKey, [] {
    CHECK(nn::is_stochastic());
    CHECK(bits(nn::make_rng()) == nth(1));
    nn::stochastic(random::key(8), [] {
      CHECK(bits(nn::make_rng()) == nth(1, random::key(8)));
      CHECK(bits(nn::make_rng()) == nth(2, random::key(8)));
      return 0;
    });
    CHECK(bits(nn::make_rng()) == nth(2));
    std::thread([] { CHECK_FALSE(nn::is_stochastic()); }).join();
    return 0;
  });
  CHECK_FALSE(nn::is_stochastic());
}

TEST_CASE("keys depend on the order of draws, not on the modules that draw") {
  const Body draws{.body = [](const Tensor&) { return nn::make_rng(); }};
  const Body top{.body = [&](const Tensor& x) {
    CHECK(bits(draws(x)) == nth(1));
    return draws.named("other")(x);
  }};
  nn::stochastic(kKey, [&] {
    CHECK(bits(top.init(random::key(0), vector({1})).output) == nth(2));
    return 0;
  });
}

TEST_CASE("an exception closes the scope of randomness it leaves") {
  struct Foreign {};
  CHECK_THROWS_AS(nn::stochastic(kKey, []() -> int { throw Foreign(); }), Foreign);
  CHECK_FALSE(nn::is_stochastic());
}

TEST_CASE("E26: a key is drawn inside of stochastic") {
  CHECK(breaks(ModuleRule::E26, [] { nn::make_rng(); }, {"E26", "stochastic(key"}) == "");
  CHECK(breaks(ModuleRule::E26, [] { Body{.body = noisy}.call({}, vector({1})); }, {"; in /"}) ==
        "");
}

TEST_CASE("stochastic wants a random key") {
  CHECK(fails<InvalidArgument>([] { nn::stochastic(Tensor(1.f), [] { return 0; }); },
                               {"stochastic", "random key", "[] float32"}) == "");
  CHECK(fails<InvalidArgument>([] { nn::stochastic(Tensor(), [] { return 0; }); },
                               {"stochastic", "undefined"}) == "");
  CHECK_FALSE(nn::is_stochastic());
}

TEST_CASE("a compiled function that is given a key draws anew in each call") {
  const nn::Model<Body> model(Body{.body = noisy}, {});
  const auto run = jit([](const nn::Model<Body>& m, const Tensor& key, const Tensor& x) {
    return nn::stochastic(key, [&] { return m(x); });
  });
  const Tensor x = zeros({4});
  const auto expected = [&](std::uint64_t seed) {
    return bits(random::normal(random::fold_in(random::key(seed), 1), {4}));
  };
  CHECK(bits(run(model, random::key(1), x)) == expected(1));
  CHECK(bits(run(model, random::key(2), x)) == expected(2));
  CHECK(run.trace_count() == 1);
}

TEST_CASE("a key is not drawn through a trace, where it would be a constant") {
  const auto compiled = jit([](const Tensor& x) { return noisy(x); });
  CHECK(fails<InvalidArgument>([&] { nn::stochastic(kKey, [&] { return compiled(zeros({2})); }); },
                               {"make_rng", "opened outside", "same numbers", "inside of it"}) ==
        "");
  const auto loop = [] {
    const auto cell = [](const Tensor& h, const Tensor& x) { return std::pair(noisy(h) + x, h); };
    return scan(cell, zeros({}), ones({3})).first;
  };
  CHECK(fails<InvalidArgument>([&] { nn::stochastic(kKey, loop); }, {"opened outside"}) == "");
  // Inside of a module a compiled function runs inline, and draws like any other.
  const Body inlined{.body = [&](const Tensor& x) { return compiled(x); }};
  const Tensor y = nn::stochastic(kKey, [&] { return inlined.call({}, zeros({2})); });
  CHECK(bits(y) == bits(random::normal(random::fold_in(kKey, 1), {2})));
}

TEST_CASE("grad draws from the scope around it") {
  const auto loss = [](const Tensor& x) { return sum(x * random::normal(nn::make_rng(), {3})); };
  const Tensor gradient = nn::stochastic(kKey, [&] { return grad(loss)(ones({3})); });
  CHECK(bits(gradient) == bits(random::normal(random::fold_in(kKey, 1), {3})));
}

TEST_CASE("init by shape takes one key from the scope, however often it draws") {
  const Body draws{.body = [](const Tensor& x) { return noisy(noisy(x)); }};
  nn::stochastic(kKey, [&] {
    const auto [y, params] = draws.init_by_shape(random::key(0), {{{3}}});
    CHECK(y.shape() == Shape{3});
    CHECK(bits(nn::make_rng()) == nth(2));
    return 0;
  });
  // Where there is no scope it opens none.
  CHECK(breaks(ModuleRule::E26, [&] { draws.init_by_shape(random::key(0), {{{3}}}); }, {}) == "");
  // Where the scope must not be drawn from, a module that does not draw is still initialised.
  const auto shapes = jit([](const Tensor& x) {
    return Body{
        .body = [](const Tensor& y) { return y * nn::param("w", {3}, nn::initializers::ones()); }}
        .init_by_shape(random::key(0), {{x.shape()}})
        .params;
  });
  CHECK(nn::stochastic(kKey, [&] { return shapes(zeros({3})); }).contains("w"));
}
