#include <catch2/catch.hpp>

#include <linseed/optim/adam.h>
#include <linseed/tests/golden/layers.h>
#include <linseed/tests/support/rule_check.h>

using namespace linseed;
using namespace linseed::test;
using optim::Adam;

TEST_CASE("the first step of Adam has the size of the rate, and decay is apart from it") {
  const auto step = [](const Adam& rule) {
    return values(rule.create(vector({2})).apply_gradient(vector({0.5})).target)[0];
  };
  CHECK(step({.learning_rate = 0.1}) == Approx(1.9).epsilon(1e-6));
  CHECK(step({.learning_rate = 0.1, .weight_decay = 0.01f}) == Approx(1.898).epsilon(1e-6));
}

TEST_CASE("Adam remembers averages of the gradient and of its square") {
  const auto after = Adam{.learning_rate = 0.1, .beta1 = 0.75f, .beta2 = 0.5f}
                         .create(vector({2}))
                         .apply_gradient(vector({4}))
                         .apply_gradient(vector({0}));
  CHECK(values(after.state.param_states["grad_ema"]) == std::vector<double>{0.75});
  CHECK(values(after.state.param_states["grad_sq_ema"]) == std::vector<double>{4});
}

TEST_CASE("a gradient of 0 does not move Adam's parameters") {
  const auto after = Adam{.learning_rate = 0.1}.create(vector({2})).apply_gradient(vector({0}));
  CHECK(values(after.target) == std::vector<double>{2});
}

TEST_CASE("Adam moves as PyTorch's AdamW does") {
  const Adam rule{.learning_rate = 0.125f};
  Adam decay = rule;
  decay.weight_decay = 0.25f;
  // In float64 the powers of β differ in the last digits of 1 − βᵗ ≈ 1e-3: some 1e-13.
  CHECK(deviation_after_ten_steps(rule, float64, golden::kAdam) < 1e-12);
  CHECK(deviation_after_ten_steps(decay, float64, golden::kAdamDecay) < 1e-12);
  // In float32 the same costs 6e-8 / 1e-3 of the square, half of that in the root.
  CHECK(deviation_after_ten_steps(rule, float32, golden::kAdam) < 1e-4);
}
