// Rules for parts of a model.
#include <catch2/catch.hpp>

#include <linseed/framework/ops/random.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/dense.h>
#include <linseed/optim/adam.h>
#include <linseed/optim/momentum.h>
#include <linseed/optim/multi.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
using namespace linseed::optim;

namespace {

struct Net : nn::Module<Net> {
  Tensor apply(const Tensor& x) const {
    return nn::Dense{.features = 2}(nn::BatchNorm{}(nn::Dense{.features = 3}(x)));
  }
};

nn::Model<Net> net() {
  const auto create = [] { return Net{}.create(random::key(0), uneven({4, 2})); };
  return nn::stateful(create).first.model;
}

Momentum descent(float rate, float decay = 0) {
  return {.learning_rate = rate, .beta = 0, .weight_decay = decay};
}

bool is_a(std::string_view path, const Tensor&) { return path == "a"; }

}  // namespace

TEST_CASE("weight decay leaves biases and normalisation alone") {
  const auto rule = multi(on(everything, descent(0.5f)), on(decays, descent(0.5f, 0.5f)));
  const auto start = rule.create(net());
  const auto after = start.apply_gradient(tree::map(zeros_like, start.target));
  std::vector<std::string> shrunk;
  const auto before = tree::named_leaves(start.target);
  const auto now = tree::leaves(after.target);
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (bits(now[i]) == bits(before[i].tensor)) continue;
    CHECK(bits(now[i]) == bits(before[i].tensor * 0.75f));
    shrunk.push_back(before[i].path());
  }
  CHECK(shrunk == std::vector<std::string>{"params/Dense_0/kernel", "params/Dense_2/kernel"});
}

TEST_CASE("a parameter that no part selects stays, and has no state") {
  const Tree params{{"a", vector({1})}, {"b", vector({2})}};
  const auto start = multi(on(is_a, Momentum{.learning_rate = 1})).create(params);
  CHECK(start.state.param_states["a"].contains("momentum"));
  CHECK(start.state.param_states["b"].empty());
  CHECK(start.state.param_states.contains("b"));
  const auto after = start.apply_gradient({{"a", vector({1})}, {"b", vector({1})}});
  CHECK(values(after.target["a"]) == std::vector<double>{0});
  CHECK(bits(after.target["b"]) == bits(params["b"]));
}

TEST_CASE("the last part that selects a parameter counts") {
  const Tree params{{"a", vector({1})}, {"b", vector({1})}};
  const auto after = multi(on(is_a, descent(0.5f)), on(everything, descent(0.25f)))
                         .create(params)
                         .apply_gradient({{"a", vector({1})}, {"b", vector({1})}});
  CHECK(values(after.target["a"]) == std::vector<double>{0.75});
  CHECK(values(after.target["b"]) == std::vector<double>{0.75});
  const auto three = multi(on(everything, descent(1)), on(is_a, descent(0.5f)),
                           on([](std::string_view, const Tensor&) { return false; }, descent(8)));
  const auto other = three.create(params).apply_gradient({{"a", vector({1})}, {"b", vector({1})}});
  CHECK(values(other.target["a"]) == std::vector<double>{0.5});
  CHECK(values(other.target["b"]) == std::vector<double>{0});
}

TEST_CASE("parts may have rules of different kinds, and an override is for those of its kind") {
  const Tree params{{"a", vector({1})}, {"b", vector({1})}};
  const auto start = multi(on(everything, Adam{.learning_rate = 0.5f, .eps = 0}),
                           on(is_a, Momentum{.learning_rate = 0.5f}))
                         .create(params);
  CHECK(start.state.param_states["a"].contains("momentum"));
  CHECK(start.state.param_states["b"].contains("grad_ema"));
  const Tree gradient{{"a", vector({2})}, {"b", vector({2})}};
  const auto after = start.apply_gradient(gradient, &Momentum::learning_rate, 0.125f);
  CHECK(values(after.target["a"]) == std::vector<double>{0.75});
  CHECK(values(after.target["b"])[0] == Approx(0.5));  // Adam's first step is the rate
  CHECK(after.state.step.item<std::int32_t>() == 1);
}

TEST_CASE("each rate of several rules is checked") {
  CHECK(fails<InvalidArgument>(
            [] { multi(on(everything, descent(1)), on(is_a, descent(-1))).create(Tree()); },
            {"learning_rate"}) == "");
}

TEST_CASE("one trace serves many steps of several rules, and another filter is another trace") {
  const auto step = jit([](auto optimizer, Tree g) { return optimizer.apply_gradient(g); });
  const Tree gradient{{"a", vector({0.5f})}, {"b", vector({-0.25f})}};
  auto compiled =
      multi(on(is_a, descent(0.5f))).create(Tree{{"a", vector({1})}, {"b", vector({1})}});
  auto eager = compiled;
  for (int i = 0; i < 3; ++i) {
    compiled = step(compiled, gradient);
    eager = eager.apply_gradient(gradient);
  }
  CHECK(step.trace_count() == 1);
  CHECK(bits(compiled.target["a"]) == bits(eager.target["a"]));
  const auto other = multi(on(everything, descent(0.5f))).create(compiled.target);
  CHECK(values(step(other, gradient).target["b"]) == std::vector<double>{1.125});
  CHECK(step.trace_count() == 2);
}
