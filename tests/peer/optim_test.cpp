// Optimisers, as the tests of flax 0.2.2 have them. Where flax has GradientDescent, Momentum with a
// beta of 0 stands; a traversal is a filter. Without a counterpart: 73 (a filter takes any tree, so
// there is no wrong kind of it), 82 to 84 (Adafactor), 89 (weight normalisation as an optimiser)
// and 90 (scaling of losses for float16).
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/module/module.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/optim/adagrad.h>
#include <linseed/optim/adam.h>
#include <linseed/optim/momentum.h>
#include <linseed/optim/multi.h>
#include <linseed/tests/peer/modules.h>
#include <linseed/tests/support/errors.h>

using namespace linseed;
using namespace linseed::test;
namespace optim = linseed::optim;

namespace {

optim::Momentum descent(float rate) { return {.learning_rate = rate, .beta = 0}; }

/// A rule of flax that linseed lacks, as a user would write it: v ← β₂ v + (1 − β₂) g²;
/// p ← p − η g / (√v + ε) (Tieleman, Hinton, lecture 6.5 of "Neural networks for machine learning",
/// 2012).
struct RMSProp : optim::Rule<RMSProp> {
  Scalar learning_rate;
  float beta2 = 0.9f;
  float eps = 1e-8f;

  static constexpr auto tree = fields<&RMSProp::learning_rate, &RMSProp::beta2, &RMSProp::eps>;

  Tree init(const Tensor& param) const { return {{"v", zeros_like(param)}}; }
  optim::ParamUpdate update(const Tensor&, const Tensor& param, const Tree& state,
                            const Tensor& gradient) const {
    const Tensor v = state.at("v").tensor() * beta2 + square(gradient) * (1 - beta2);
    return {param - learning_rate * gradient / (sqrt(v) + eps), {{"v", v}}};
  }
};

std::int32_t steps(const auto& optimizer) {
  return optimizer.state.step.template item<std::int32_t>();
}

bool is_a(std::string_view path, const Tensor&) { return path == "a"; }
bool is_b(std::string_view path, const Tensor&) { return path == "b"; }
bool is_kernel(std::string_view path, const Tensor&) { return path.ends_with("kernel"); }

const Tensor zero = zeros({});

}  // namespace

TEST_CASE("peer 069: an optimizer is created from a rule and a target") {
  const auto optimizer = optim::Momentum{.learning_rate = 0.1f, .beta = 0.2f}.create(one());
  CHECK(optimizer.rule.beta.number() == Approx(0.2));
  CHECK(steps(optimizer) == 0);
  CHECK(values(optimizer.state.param_states["momentum"]) == Values{0});
  CHECK(values(optimizer.target) == Values{1});
}

TEST_CASE("peer 070: the gradient with the loss, and with an auxiliary value") {
  const Tensor target(1.f);
  const auto [loss, gradient] = value_and_grad([](Tensor x) { return x * 2; })(target);
  CHECK(loss.item<float>() == 2);
  CHECK(gradient.item<float>() == 2);
  const auto three = [](Tensor x) { return std::pair(x * 3, Tensor(4)); };
  const auto [loss3, aux, gradient3] = value_and_grad(three, has_aux)(target);
  CHECK(loss3.item<float>() == 3);
  CHECK(aux.item<std::int32_t>() == 4);
  CHECK(gradient3.item<float>() == 3);
}

TEST_CASE("peer 071: an optimizer of one parameter of two") {
  const Tree params{{"a", zero}, {"b", zero}};
  const auto optimizer = optim::multi(optim::on(is_a, descent(1))).create(params);
  const auto after = optimizer.apply_gradient({{"a", Tensor(-1.f)}, {"b", Tensor(-2.f)}});
  CHECK(values(after.target["a"]) == Values{1});
  CHECK(values(after.target["b"]) == Values{0});
  CHECK(after.state.param_states["b"].empty());
  CHECK(steps(after) == 1);
}

TEST_CASE("peer 072: an empty tree") {
  const auto after = optim::Momentum{.learning_rate = 0.1f}.create(Tree()).apply_gradient(Tree());
  CHECK(steps(after) == 1);
  CHECK(after.state.param_states.empty());
}

TEST_CASE("peer 074: parameters are selected by path, and updated") {
  const Tree params{{"x",
                     {{"kernel", Tensor(1.f)},
                      {"bias", Tensor(2.f)},
                      {"y", {{"kernel", Tensor(3.f)}, {"bias", Tensor(4.f)}}}}}};
  const nn::Model<Dummy> model(Dummy{}, params);
  Values seen;
  std::string paths;
  const auto doubled = tree::map_with_path(
      [&](const std::string& path, const Tensor& t) {
        paths += path + ' ';
        if (!is_kernel(path, t)) return t;
        seen.push_back(t.item<double>());
        return t * 2;
      },
      model);
  CHECK(seen == Values{1, 3});
  CHECK(paths == "params/x/kernel params/x/bias params/x/y/kernel params/x/y/bias ");
  const Tree& x = doubled.params["x"];
  CHECK(values(x["kernel"]) == Values{2});
  CHECK(values(x["bias"]) == Values{2});
  CHECK(values(x["y"]["kernel"]) == Values{6});
  CHECK(values(x["y"]["bias"]) == Values{4});
}

TEST_CASE("peer 075: a rule for each of two parameters") {
  const Tree params{{"a", zero}, {"b", zero}};
  const Tree gradient{{"a", Tensor(-1.f)}, {"b", Tensor(-2.f)}};
  const auto optimizer =
      optim::multi(optim::on(is_a, descent(1)), optim::on(is_b, descent(10))).create(params);
  const auto after = optimizer.apply_gradient(gradient);
  CHECK(steps(after) == 1);
  CHECK(values(after.target["a"]) == Values{1});
  CHECK(values(after.target["b"]) == Values{20});
  const auto other = optimizer.apply_gradient(gradient, &optim::Momentum::learning_rate, 2);
  CHECK(values(other.target["a"]) == Values{2});
  CHECK(values(other.target["b"]) == Values{4});
}

TEST_CASE("peer 076, 077: gradient descent") {
  const auto after = descent(0.1f).create(one()).apply_gradient(one() * 3);
  CHECK(values(after.target)[0] == Approx(0.7));
  CHECK(steps(after) == 1);
}

TEST_CASE("peer 078, 079: momentum") {
  auto optimizer = optim::Momentum{.learning_rate = 0.1f, .beta = 0.2f}.create(one());
  CHECK(optimizer.rule.weight_decay == 0);
  CHECK_FALSE(optimizer.rule.nesterov);
  optimizer.state.param_states["momentum"] = one();
  const auto after = optimizer.apply_gradient(one() * 3);
  CHECK(values(after.state.param_states["momentum"])[0] == Approx(3.2));
  CHECK(values(after.target)[0] == Approx(0.68));
}

TEST_CASE("peer 080, 081: Adam") {
  const optim::Adam rule{.learning_rate = 0.1f, .beta1 = 0.2f, .beta2 = 0.9f, .eps = 0.01f};
  auto optimizer = rule.create(one());
  CHECK(values(optimizer.state.param_states["grad_ema"]) == Values{0});
  CHECK(values(optimizer.state.param_states["grad_sq_ema"]) == Values{0});
  optimizer.state = {Tensor(1), {{"grad_ema", one() * 0.1f}, {"grad_sq_ema", one() * 0.9f}}};
  const auto after = optimizer.apply_gradient(one() * 4);
  CHECK(values(after.state.param_states["grad_ema"])[0] == Approx(3.22));
  CHECK(values(after.state.param_states["grad_sq_ema"])[0] == Approx(2.41));
  CHECK(values(after.target)[0] == Approx(0.906085));
  CHECK(steps(after) == 2);
}

TEST_CASE("peer 085, 086: Adagrad") {
  auto optimizer = optim::Adagrad{.learning_rate = 0.1f, .eps = 0.01f}.create(one());
  CHECK(values(optimizer.state.param_states["grad_sq_sum"]) == Values{0});
  optimizer.state = {Tensor(1), {{"grad_sq_sum", one() * 0.1f}}};
  const auto after = optimizer.apply_gradient(one() * 4);
  CHECK(values(after.state.param_states["grad_sq_sum"])[0] == Approx(16.1));
  CHECK(values(after.target)[0] == Approx(0.9005588));
  CHECK(steps(after) == 2);
}

TEST_CASE("peer 087, 088: RMSProp, a rule of one's own") {
  const RMSProp rule{.learning_rate = 0.1f, .beta2 = 0.9f, .eps = 0.01f};
  auto optimizer = rule.create(one());
  CHECK(values(optimizer.state.param_states["v"]) == Values{0});
  optimizer.state = {Tensor(1), {{"v", one() * 0.1f}}};
  const auto step = jit([](auto before, Tensor g) { return before.apply_gradient(g); });
  const auto after = step(optimizer, one() * 4);
  CHECK(values(after.state.param_states["v"])[0] == Approx(1.69));
  CHECK(values(after.target)[0] == Approx(0.6946565));
  CHECK(steps(after) == 2);
}
