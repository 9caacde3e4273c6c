#include <catch2/catch.hpp>

#include <linseed/optim/adagrad.h>
#include <linseed/tests/golden/layers.h>
#include <linseed/tests/support/rule_check.h>

using namespace linseed;
using namespace linseed::test;
using optim::Adagrad;

TEST_CASE("Adagrad's steps shrink with the sum of the squares of all gradients") {
  const auto first = Adagrad{.learning_rate = 0.5}.create(vector({2})).apply_gradient(vector({3}));
  CHECK(values(first.target)[0] == Approx(1.5).epsilon(1e-6));  // η, whatever the gradient
  CHECK(values(first.state.param_states["grad_sq_sum"]) == std::vector<double>{9});
  const auto second = first.apply_gradient(vector({4}));
  CHECK(values(second.target)[0] == Approx(1.5 - 0.5 * 4 / 5).epsilon(1e-6));
  CHECK(values(second.state.param_states["grad_sq_sum"]) == std::vector<double>{25});
}

TEST_CASE("a gradient of 0 does not move Adagrad's parameters") {
  const auto after = Adagrad{.learning_rate = 0.1}.create(vector({2})).apply_gradient(vector({0}));
  CHECK(values(after.target) == std::vector<double>{2});
}

TEST_CASE("Adagrad moves as PyTorch's does") {
  const Adagrad rule{.learning_rate = 0.125f};
  // Parameters stay near 1; a step is some ten roundings.
  CHECK(deviation_after_ten_steps(rule, float64, golden::kAdagrad) < 1e-14);
  CHECK(deviation_after_ten_steps(rule, float32, golden::kAdagrad) < 1e-6);
}
