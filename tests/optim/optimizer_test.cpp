// Optimizers as values: the step, overrides, trees.
#include <catch2/catch.hpp>

#include <limits>

#include <linseed/framework/ops/random.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/modules/conv.h>
#include <linseed/optim/adam.h>
#include <linseed/optim/momentum.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;
namespace optim = linseed::optim;
using optim::Momentum;

namespace {

Tree params() { return {{"a", vector({1, 2})}, {"b", {{"c", vector({3})}}}}; }
Tree gradient() { return {{"a", vector({1, 1})}, {"b", {{"c", vector({2})}}}}; }

}  // namespace

TEST_CASE("a step makes a new optimizer and leaves the old one") {
  const auto before = Momentum{.learning_rate = 0.5f}.create(params());
  const auto after = before.apply_gradient(gradient());
  CHECK(before.state.step.item<std::int32_t>() == 0);
  CHECK(values(before.target["a"]) == std::vector<double>{1, 2});
  CHECK(after.state.step.item<std::int32_t>() == 1);
  CHECK(after.state.step.dtype() == int32);
  CHECK(values(after.target["a"]) == std::vector<double>{0.5, 1.5});
  CHECK(values(after.target["b"]["c"]) == std::vector<double>{2});
}

TEST_CASE("the state mirrors the target, with the rule's dictionary for each tensor") {
  const auto model = nn::Conv{.features = 1, .kernel_size = {1, 1}, .bias = false}
                         .create(random::key(0), zeros({1, 1, 1, 1}))
                         .model;
  const nn::Model<nn::Conv> nested = model.replace({{"Conv_0", model.params}});
  std::vector<std::string> paths;
  for (const auto& leaf : tree::named_leaves(Momentum{.learning_rate = 1}.create(nested))) {
    paths.push_back(leaf.path());
  }
  CHECK(paths == std::vector<std::string>{"state/step",
                                          "state/param_states/params/Conv_0/kernel/momentum",
                                          "target/params/Conv_0/kernel"});
}

TEST_CASE("overrides hold for one step") {
  const auto start = Momentum{.learning_rate = 0.5f, .beta = 0}.create(params());
  const auto once = start.apply_gradient(gradient(), &Momentum::learning_rate, 0.25f,
                                         &Momentum::weight_decay, 1.f);
  CHECK(values(once.target["a"]) ==
        std::vector<double>{0.5, 1.25});  // 1 − ¼ (1 + 1), 2 − ¼ (1 + 2)
  CHECK(once.rule.learning_rate.number() == 0.5);
  const auto again = once.apply_gradient(gradient());
  CHECK(values(again.target["a"]) == std::vector<double>{0, 0.75});
}

TEST_CASE("a rate may be a tensor, of any floating dtype") {
  const auto start = Momentum{.learning_rate = Tensor(0.5f)}.create(params());
  CHECK(values(start.apply_gradient(gradient()).target["a"]) == std::vector<double>{0.5, 1.5});
  const auto wide = start.apply_gradient(gradient(), &Momentum::learning_rate, Tensor(0.25),
                                         &Momentum::beta, Tensor(0.5));
  CHECK(values(wide.target["a"]) == std::vector<double>{0.75, 1.75});
  CHECK(wide.target["a"].tensor().dtype() == float32);
  CHECK(wide.state.param_states["a"]["momentum"].tensor().dtype() == float32);
  CHECK(fails<InvalidArgument>([] { const Scalar rate(vector({1, 2})); }, {"0-d"}) == "");
}

TEST_CASE("a rate that is a number is finite and not negative") {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto start = Momentum{.learning_rate = 0}.create(params());
  for (const double rate : {std::nan(""), -0.1, infinity}) {
    CHECK(fails<InvalidArgument>([&] { Momentum{.learning_rate = rate}.create(params()); },
                                 {"learning_rate"}) == "");
    CHECK(fails<InvalidArgument>(
              [&] { start.apply_gradient(gradient(), &Momentum::learning_rate, rate); },
              {"learning_rate"}) == "");
  }
}

TEST_CASE("gradients are matched by name, whatever their order") {
  const Tree reordered{{"b", {{"c", vector({2})}}}, {"a", vector({1, 1})}};
  const auto start = Momentum{.learning_rate = 0.5f}.create(params());
  const auto after = start.apply_gradient(reordered);
  CHECK(values(after.target["a"]) == std::vector<double>{0.5, 1.5});
  CHECK(after.target.begin()->first == "a");
}

TEST_CASE("gradients of another structure are refused with the names") {
  const auto start = Momentum{.learning_rate = 1}.create(params());
  CHECK(fails<InvalidArgument>(
            [&] {
              start.apply_gradient({{"a", vector({1, 1})}, {"d", vector({1})}});
            },
            {"missing: b/c", "unexpected: d"}) == "");
}

TEST_CASE("gradients of another shape are refused, though they would broadcast") {
  const auto start = Momentum{.learning_rate = 1}.create(params());
  for (const Tensor& wrong : {Tensor(1.f), vector({1}), zeros({2, 2})}) {
    CHECK(fails<InvalidArgument>(
              [&] {
                start.apply_gradient({{"a", wrong}, {"b", {{"c", vector({1})}}}});
              },
              {"gradient of a", "[2]"}) == "");
  }
}

TEST_CASE("an empty tree has nothing to learn, and counts its steps") {
  const auto after = Momentum{.learning_rate = 1}.create(Tree()).apply_gradient(Tree());
  CHECK(after.target.empty());
  CHECK(after.state.param_states.empty());
  CHECK(after.state.step.item<std::int32_t>() == 1);
  const Tree hollow{{"Relu_0", Tree()}, {"w", vector({1})}};  // a module without parameters
  const auto kept = Momentum{.learning_rate = 1}.create(hollow).apply_gradient(hollow);
  CHECK(kept.target.contains("Relu_0"));
  CHECK(kept.state.param_states.contains("Relu_0"));
}

TEST_CASE("a target is any tree, one tensor included") {
  const auto one = Momentum{.learning_rate = 0.5f}.create(vector({1, 2}));
  CHECK(values(one.apply_gradient(vector({1, 1})).target) == std::vector<double>{0.5, 1.5});
  const auto list = Momentum{.learning_rate = 0.5f}.create(std::vector{vector({1}), vector({2})});
  const auto after = list.apply_gradient({vector({1}), vector({1})});
  CHECK(values(after.target[1]) == std::vector<double>{1.5});
  CHECK(after.state.param_states["1"]["momentum"].tensor().shape() == Shape{1});
}

TEST_CASE("parameters keep their dtype") {
  const auto wide = optim::Adam{.learning_rate = 0.5f}.create(astype(vector({1, 2}), float64));
  const auto after = wide.apply_gradient(vector({1, 1}));
  CHECK(after.target.dtype() == float64);
  CHECK(after.state.param_states["grad_ema"].tensor().dtype() == float64);
}

TEST_CASE("one trace serves many steps under jit") {
  const auto step = jit([](auto optimizer, Tensor g, Tensor rate) {
    return optimizer.apply_gradient(g, &Momentum::learning_rate, rate);
  });
  auto compiled = Momentum{.learning_rate = 1}.create(vector({1, 2}));
  auto eager = compiled;
  for (int i = 0; i < 5; ++i) {
    const Tensor rate(0.5f / static_cast<float>(i + 1));
    const Tensor g = vector({0.5f, -0.25f}) * static_cast<float>(i);
    compiled = step(compiled, g, rate);
    eager = eager.apply_gradient(g, &Momentum::learning_rate, rate);
  }
  CHECK(step.trace_count() == 1);
  CHECK(bits(compiled.target) == bits(eager.target));
  CHECK(compiled.state.step.item<std::int32_t>() == 5);
}
