#include <catch2/catch.hpp>

#include <linseed/optim/momentum.h>
#include <linseed/tests/golden/layers.h>
#include <linseed/tests/support/rule_check.h>

using namespace linseed;
using namespace linseed::test;
using optim::Momentum;

namespace {

// Parameters stay near 1; a step is some ten roundings.
constexpr double kFloat64 = 1e-14;
constexpr double kFloat32 = 1e-6;

}  // namespace

TEST_CASE("momentum by hand: nesterov with decay") {
  auto optimizer =
      Momentum{.learning_rate = 0.1, .beta = 0.2, .weight_decay = 0.5f, .nesterov = true}.create(
          astype(vector({1}), float64));
  optimizer.state.param_states["momentum"] = astype(vector({1}), float64);
  optimizer = optimizer.apply_gradient(astype(vector({3}), float64));
  CHECK(values(optimizer.state.param_states["momentum"])[0] == Approx(3.7).epsilon(1e-14));
  CHECK(values(optimizer.target)[0] == Approx(0.576).epsilon(1e-14));
}

TEST_CASE("the first step of momentum is plain gradient descent") {
  const auto start = Momentum{.learning_rate = 0.5f}.create(vector({1, 2}));
  CHECK(values(start.state.param_states["momentum"]) == std::vector<double>{0, 0});
  const auto after = start.apply_gradient(vector({1, -1}));
  CHECK(values(after.target) == std::vector<double>{0.5, 2.5});
  CHECK(values(after.state.param_states["momentum"]) == std::vector<double>{1, -1});
}

TEST_CASE("momentum moves as PyTorch's SGD does") {
  const Momentum rule{.learning_rate = 0.125f, .beta = 0.75f};
  Momentum decay = rule;
  decay.weight_decay = 0.25f;
  Momentum nesterov = rule;
  nesterov.nesterov = true;
  CHECK(deviation_after_ten_steps(rule, float64, golden::kMomentum) < kFloat64);
  CHECK(deviation_after_ten_steps(rule, float32, golden::kMomentum) < kFloat32);
  CHECK(deviation_after_ten_steps(decay, float64, golden::kMomentumDecay) < kFloat64);
  CHECK(deviation_after_ten_steps(nesterov, float64, golden::kNesterov) < kFloat64);
}

TEST_CASE("decay alone shrinks parameters whose gradient is 0, and no decay leaves them") {
  const auto after = [](float decay) {
    return values(Momentum{.learning_rate = 0.5f, .weight_decay = decay}
                      .create(vector({2}))
                      .apply_gradient(vector({0}))
                      .target);
  };
  CHECK(after(0) == std::vector<double>{2});
  CHECK(after(0.5f) == std::vector<double>{1.5});
}
