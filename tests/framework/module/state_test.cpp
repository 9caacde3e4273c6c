// State variables, and the scopes they live in.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/module/module.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/support/body.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

/// Counts its calls, as a state.
struct Counter : nn::Module<Counter> {
  nn::Collection* in = nullptr;
  Tensor apply(const Tensor& x) const {
    auto calls = state("calls", {}, nn::initializers::zeros(), in);
    if (!is_initializing()) calls.set(calls.get() + 1);
    return x;
  }
};

/// Runs a function of the test's.
Tensor count(const Tensor& x) { return Counter{}(x); }

nn::Collection made_by_init(const Body& module) {
  return nn::stateful([&] { return module.init(random::key(0), vector({1})); }).second;
}
/// The state after one more call.
nn::Collection after_call(const Body& module, const nn::Collection& before) {
  return nn::stateful(before,
                      [&] {
                        return module.call({{"Counter_0", Tree()}}, vector({1}));
                      })
      .second;
}
float calls(const nn::Collection& c) { return c["/Counter_0"]["calls"].tensor().item<float>(); }

}  // namespace

TEST_CASE("a state starts at init and changes by calls; the old one stays as it was") {
  const Body module{.body = count};
  const nn::Collection at_0 = made_by_init(module);
  const nn::Collection at_1 = after_call(module, at_0);
  const nn::Collection at_2 = after_call(module, at_1);
  CHECK(calls(at_0) == 0);
  CHECK(calls(at_1) == 1);
  CHECK(calls(at_2) == 2);
}

TEST_CASE("a frozen state is read and not changed") {
  const Body reads{.body = [](const Tensor& x) {
    struct Read : nn::Module<Read> {
      Tensor apply(const Tensor& y) const {
        return y + state("calls", {}, nn::initializers::zeros()).get();
      }
    };
    return Read{}.named("Counter_0")(x);
  }};
  const nn::Collection at_1 = after_call(Body{.body = count}, made_by_init(Body{.body = count}));
  const Tree params{{"Counter_0", Tree()}};
  const auto y = nn::stateful(at_1, nn::frozen, [&] { return reads.call(params, vector({1})); });
  CHECK(values(y) == std::vector<double>{2});

  CHECK(breaks(ModuleRule::E18,
               [&] {
                 nn::stateful(at_1, nn::frozen,
                              [&] { return Body{.body = count}.call(params, vector({1})); });
               },
               {"E18", "; in /Counter_0"}) == "");
  CHECK(calls(at_1) == 1);
}

TEST_CASE("a state without initialiser is not there until the module sets it") {
  const Body module{.body = [](const Tensor& x) {
    auto last = nn::state("last");
    if (!nn::is_initializing()) last.set(x);
    return x;
  }};
  const auto made = nn::stateful([&] { return module.init(random::key(0), vector({1})); }).second;
  CHECK(made.as_dict().empty());
  const auto after = nn::stateful(made, [&] { return module.call({}, vector({2})); }).second;
  CHECK(values(after["/"]["last"].tensor()) == std::vector<double>{2});
  nn::Collection mine;
  const Body reads{.body = [&](const Tensor&) { return nn::state("last", &mine).get(); }};
  CHECK(breaks(ModuleRule::E15, [&] { reads.call({}, vector({1})); }, {"\"last\""}) == "");
  CHECK(breaks(ModuleRule::E14, [&] { module.call({}, vector({1})); }, {"\"last\""}) == "");
  CHECK(breaks(ModuleRule::E13, [] { nn::state("last"); }, {"state()", "by its path"}) == "");
}

TEST_CASE("E13, E14, E15: a state needs a module, a collection, and to exist") {
  CHECK(breaks(ModuleRule::E13, [] { nn::state("s", {}, nn::initializers::zeros()); },
               {"E13", "state()"}) == "");
  CHECK(breaks(ModuleRule::E14, [] { Body{.body = count}.init(random::key(0), vector({1})); },
               {"E14", "\"calls\"", "stateful", "; in /Counter_0"}) == "");
  CHECK(breaks(ModuleRule::E15, [] { after_call(Body{.body = count}, nn::Collection()); },
               {"E15", "\"calls\"", "does not exist", "; in /Counter_0"}) == "");
}

TEST_CASE("a given collection comes before the scope's") {
  const auto [unused, inner] = nn::Collection().mutate([](nn::Collection& given) {
    const auto [y, scope] = nn::stateful(
        [&] { return Counter{.in = &given}.init(random::key(0), vector({1})).output; });
    CHECK(scope.as_dict().empty());
    return y;
  });
  CHECK(inner.as_dict().contains("/"));
}

TEST_CASE("scopes nest, and the innermost is used") {
  const auto [inner, outer] = nn::stateful([] {
    return nn::stateful([] { return Counter{}.init(random::key(0), vector({1})).output; }).second;
  });
  CHECK(inner.as_dict().size() == 1);
  CHECK(outer.as_dict().empty());
}

TEST_CASE("declaring a state splits the key that later parameters derive from") {
  const auto draw = [](std::string_view name) {
    return nn::param(name, {2}, nn::initializers::normal());
  };
  const Body module{.body = [&](const Tensor& x) {
    const Tensor y = x + draw("before");
    nn::state("s", {2}, nn::initializers::normal());
    return y + draw("after");
  }};
  const auto [result, stats] = nn::stateful([&] {
    return module.init(random::key(0), vector({1, 1}));
  });
  const Tensor halves = random::split(random::key(0));
  const Tensor first = reshape(slice(halves, {0, 0}, {1, 2}), {2});
  const Tensor second = reshape(slice(halves, {1, 0}, {2, 2}), {2});
  const auto normal = nn::initializers::normal();
  CHECK(bits(result.params["before"]) ==
        bits(normal(random::fold_name(random::key(0), "before"), {2})));
  CHECK(bits(result.params["after"]) == bits(normal(random::fold_name(first, "after"), {2})));
  CHECK(bits(stats["/"]["s"]) == bits(normal(second, {2})));
}

TEST_CASE("init sets a state anew, also below a nested model in apply mode") {
  const nn::Model<Body> inner(Body{.body = count}, {{"Counter_0", Tree()}});
  const Body outer{.body = [&](const Tensor& x) { return inner.named("in")(x); }};
  const nn::Collection stale(Tree{{"/in/Counter_0", {{"calls", Tensor(41.f)}}}});
  const auto [result, stats] =
      nn::stateful(stale, [&] { return outer.init(random::key(0), vector({1})); });
  // Reset to 0 by the initialising outer module, then counted by the inner one in apply mode.
  CHECK(stats["/in/Counter_0"]["calls"].tensor().item<float>() == 1);
}

TEST_CASE("an exception closes the scopes it leaves") {
  struct Foreign {};
  CHECK_THROWS_AS(nn::stateful([]() -> int { throw Foreign(); }), Foreign);
  CHECK_FALSE(nn::is_stateful());
  CHECK_THROWS_AS(nn::stateful(nn::Collection(), nn::frozen, []() -> int { throw Foreign(); }),
                  Foreign);
  CHECK_FALSE(nn::is_stateful());
  nn::stateful([] {
    CHECK(nn::is_stateful());
    return 0;
  });
}

TEST_CASE("under jit the state goes in and comes out as a value") {
  const nn::Model<Body> model(Body{.body = count}, {{"Counter_0", Tree()}});
  const auto step = jit([](nn::Model<Body> m, nn::Collection state, Tensor x) {
    return nn::stateful(state, [&] { return m(x); });
  });
  nn::Collection state = made_by_init(model.module());
  for (int i = 0; i < 3; ++i) state = step(model, state, vector({1})).second;
  CHECK(calls(state) == 3);
  CHECK(step.trace_count() == 1);
}

TEST_CASE("a traced function does not store into a collection opened outside of it") {
  struct Keep : nn::Module<Keep> {
    bool traced_value = false;
    Tensor apply(const Tensor& x) const {
      auto kept = state("kept", {1}, nn::initializers::zeros());
      // The second would be stored while tracing, and never again by the plan.
      kept.set(traced_value ? x : ones({1}));
      return x;
    }
  };
  for (const bool traced_value : {true, false}) {
    const auto run = jit([=](Tensor x) { return Keep{.traced_value = traced_value}.call({}, x); });
    CHECK(fails<InvalidArgument>([&] { nn::stateful([&] { return run(vector({1})); }); },
                                 {"opened outside", "jit", "stateful", "; in /"}) == "");
    CHECK(PlaceholderScope::depth() == 0);
  }
}

TEST_CASE("a state stored under grad comes out as auxiliary output") {
  const nn::Model<Counter> model(Counter{}, {});
  const nn::Collection before = nn::Collection(Tree{{"/", {{"calls", Tensor(5.f)}}}});
  const auto loss = [&](const Tensor& w) {
    auto [y, after] = nn::stateful(before, [&] { return model(w); });
    return std::pair(y * y, after);
  };
  const auto [value, after, gradient] = value_and_grad(loss, has_aux)(Tensor(3.f));
  CHECK(gradient.item<float>() == 6);
  CHECK(after["/"]["calls"].tensor().item<float>() == 6);
}
