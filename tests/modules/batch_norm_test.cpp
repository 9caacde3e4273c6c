// BatchNorm's numbers: statistics, averages, axes, derivatives.
#include <catch2/catch.hpp>

#include <cmath>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/dense.h>
#include <linseed/tests/support/module_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

constexpr double kEpsilon = 1e-5f;

struct Run {
  std::vector<double> y, mean, var;
  nn::Collection state;
};

/// Values of scale and bias for `features` values each.
Tree plain(std::int64_t features) {
  return {{"scale", ones({features})}, {"bias", zeros({features})}};
}

nn::Collection averages(const Tensor& mean, const Tensor& var) {
  return nn::Collection(Tree{{"/", {{"mean", mean}, {"var", var}}}});
}

/// One call in training mode.
Run train(const nn::BatchNorm& layer, const Tree& params, const nn::Collection& before,
          const Tensor& x) {
  auto [y, after] = nn::stateful(before, [&] { return layer.call(params, x); });
  return {values(y), values(after["/"]["mean"]), values(after["/"]["var"]), after};
}

/// y by the definition, one feature at a time, in double.
std::vector<double> reference(const std::vector<double>& x, const Shape& shape,
                              const std::vector<int>& feature_axes) {
  const auto strides = row_major_strides(shape);
  const auto feature = [&](std::int64_t i) {
    std::int64_t id = 0;
    for (const int axis : feature_axes) {
      id = id * shape[axis] + i / strides[static_cast<std::size_t>(axis)] % shape[axis];
    }
    return id;
  };
  std::vector<double> y(x.size());
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    double n = 0, mean = 0, m2 = 0;
    for (std::int64_t j = 0; j < shape.size(); ++j) {
      if (feature(j) == feature(i)) ++n, mean += x[static_cast<std::size_t>(j)];
    }
    mean /= n;
    for (std::int64_t j = 0; j < shape.size(); ++j) {
      if (feature(j) == feature(i)) m2 += std::pow(x[static_cast<std::size_t>(j)] - mean, 2);
    }
    y[static_cast<std::size_t>(i)] =
        (x[static_cast<std::size_t>(i)] - mean) / std::sqrt(m2 / n + kEpsilon);
  }
  return y;
}

void check_close(const std::vector<double>& a, const std::vector<double>& b, double margin) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).margin(margin));
}

}  // namespace

TEST_CASE("init uses the batch's statistics and leaves the averages at 0 and 1") {
  const Tensor x = Tensor::from({1.f, 2.f, 3.f, 6.f}, {2, 2});
  const auto [result, state] =
      nn::stateful([&] { return nn::BatchNorm{}.init(random::key(0), x); });
  check_close(values(result.output), {-0.999995, -0.99999875, 0.999995, 0.99999875}, 1e-6);
  CHECK(values(state["/"]["mean"]) == std::vector<double>{0, 0});
  CHECK(values(state["/"]["var"]) == std::vector<double>{1, 1});
  CHECK(values(result.params["scale"]) == std::vector<double>{1, 1});
  CHECK(values(result.params["bias"]) == std::vector<double>{0, 0});

  // PyTorch's unbiased variance would give 2 and 8 in place of 1 and 4 below.
  const nn::BatchNorm layer{.momentum = 0.9f};
  const Run first = train(layer, result.params, state, x);
  check_close(first.mean, {0.2, 0.4}, 1e-6);
  check_close(first.var, {1.0, 1.3}, 1e-6);
  const Run second = train(layer, result.params, first.state, x);
  check_close(second.mean, {0.38, 0.76}, 1e-6);
  check_close(second.var, {1.0, 1.57}, 1e-6);
}

TEST_CASE("three values by hand: forward, backward, averages, evaluation") {
  const Tensor x = Tensor::from({1.f, 2.f, 4.f}, {3, 1});
  const Tree params{{"scale", vector({1.5f})}, {"bias", vector({0.25f})}};
  const nn::BatchNorm layer{.momentum = 0.9f};
  const Run run = train(layer, params, averages(zeros({1}), ones({1})), x);
  // Golden values have seven decimals.
  check_close(run.y, {-1.3535623, -0.1508906, 2.2544529}, 1e-6);
  check_close(run.mean, {0.2333333}, 1e-6);
  check_close(run.var, {1.0555556}, 1e-6);

  const Tensor g = Tensor::from({1.f, -2.f, 0.5f}, {3, 1});
  const auto loss = [&](const std::pair<Tensor, Tree>& at) {
    return sum(layer.call(at.second, at.first) * g);
  };
  const auto [dx, dparams] = grad(loss)(std::pair(x, params));
  check_close(values(dx), {1.4603867, -2.1905807, 0.7301940}, 2e-6);
  check_close(values(dparams["scale"]), {0.1336302}, 1e-6);
  check_close(values(dparams["bias"]), {-0.5}, 0);

  const auto eval = layer.partial(&nn::BatchNorm::use_running_average, true);
  const auto y = nn::stateful(run.state, nn::frozen, [&] { return eval.call(params, x); });
  check_close(values(y), {1.3693225, 2.8293084, 5.7492801}, 2e-6);
}

TEST_CASE("momentum is the weight of the old average, and the variance is biased") {
  const Tensor x = Tensor::from({1.f, 2.f, 3.f, 4.f}, {4, 1});
  const auto before = averages(zeros({1}), ones({1}));
  const Run run = train({.momentum = 0.9f}, plain(1), before, x);
  check_close(run.mean, {0.25}, 1e-7);
  check_close(run.var, {1.025}, 1e-6);  // with the unbiased variance 1.0667
  const Run only_new = train({.momentum = 0}, plain(1), before, x);
  CHECK(only_new.mean == std::vector<double>{2.5});
  CHECK(only_new.var == std::vector<double>{1.25});
  const Run only_old = train({.momentum = 1}, plain(1), before, x);
  CHECK(only_old.mean == std::vector<double>{0});
  CHECK(only_old.var == std::vector<double>{1});
}

TEST_CASE("epsilon stands inside of the root") {
  const Tensor x = Tensor::from({-1.f, 1.f}, {2, 1});
  const auto y = nn::BatchNorm{.epsilon = 3}.call(plain(1), x);
  CHECK(values(y) == std::vector<double>{-0.5, 0.5});  // 1 / √(1 + 3)
  const auto constant = nn::BatchNorm{}.call(plain(1), ones({4, 1}) * 7);
  CHECK(values(constant) == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("any axes are features, in the order of dimensions") {
  const std::vector<std::pair<Axes, std::vector<int>>> cases{
      {-1, {3}}, {1, {1}}, {{-2, -1}, {2, 3}}, {{1, 3}, {1, 3}}, {{3, 1}, {1, 3}}, {0, {0}}};
  // Equal sizes everywhere: no shape can betray a wrong axis.
  for (const Shape& shape : {Shape{2, 3, 4, 5}, Shape{3, 3, 3, 3}}) {
    const Tensor x = uneven(shape) * 3 + 1;
    for (const auto& [axes, dims] : cases) {
      const auto [y, params] = nn::BatchNorm{.axis = axes}.init(random::key(0), x);
      Shape features;
      for (const int dim : dims) features.push_back(shape[dim]);
      CHECK(params["scale"].tensor().shape() == features);
      CHECK(params["bias"].tensor().shape() == features);
      CHECK(y.shape() == shape);
      check_close(values(y), reference(values(x), shape, dims), 1e-5);  // float32, |y| up to 3
    }
  }
}

TEST_CASE("scale, bias and averages belong to the features of any axis") {
  const Tensor x = uneven({3, 3, 3, 3});
  for (const int axis : {1, 2, 3}) {
    Shape spread{1, 1, 1, 1};
    spread[axis] = 3;
    const Tree params{{"scale", vector({1, 2, 3})}, {"bias", vector({10, 20, 30})}};
    const Tensor y = nn::BatchNorm{.axis = axis}.call(params, x);
    const Tensor expected =
        nn::BatchNorm{.axis = axis}.call(plain(3), x) * reshape(vector({1, 2, 3}), spread) +
        reshape(vector({10, 20, 30}), spread);
    check_close(values(y), values(expected), 1e-5);
    const auto eval = nn::BatchNorm{.use_running_average = true, .axis = axis, .epsilon = 0};
    const auto means = averages(vector({1, 2, 3}), vector({1, 0.25f, 4}));
    const Tensor z = nn::stateful(means, nn::frozen, [&] { return eval.call(plain(3), x); });
    const Tensor by_hand =
        (x - reshape(vector({1, 2, 3}), spread)) * reshape(vector({1, 2, 0.5f}), spread);
    CHECK(bits(z) == bits(by_hand));
  }
}

TEST_CASE("everything stays float64 if dtype, parameters and state are") {
  const nn::BatchNorm layer{.momentum = 0.75f, .epsilon = 0, .dtype = float64};
  const Tensor x = astype(Tensor::from({1.f, 2.f, 3.f, 6.f}, {2, 2}), float64) + 1e-9;
  const auto [result, made] = nn::stateful([&] { return layer.init(random::key(0), x); });
  CHECK(result.output.dtype() == float64);
  const Run run = train(layer, in_float64(result.params), in_float64(made), x);
  CHECK(run.state["/"]["mean"].tensor().dtype() == float64);
  CHECK(run.state["/"]["var"].tensor().dtype() == float64);
  check_close(run.mean, {0.5 + 0.25e-9, 1 + 0.25e-9}, 1e-15);  // float32 would lose the 1e-9
  check_close(run.y, {-1, -1, 1, 1}, 1e-14);
  CHECK(nn::BatchNorm{}.call(plain(2), x).dtype() == float32);
}

TEST_CASE("scale and bias can be left out") {
  const Tensor x = uneven({4, 2});
  const auto names = [&](const nn::BatchNorm& layer) {
    const auto [y, params] = layer.init(random::key(0), x);
    check_close(values(y), reference(values(x), {4, 2}, {1}), 1e-6);
    return std::pair(params.contains("scale"), params.contains("bias"));
  };
  CHECK(names({}) == std::pair(true, true));
  CHECK(names({.bias = false}) == std::pair(true, false));
  CHECK(names({.scale = false}) == std::pair(false, true));
  CHECK(names({.bias = false, .scale = false}) == std::pair(false, false));
}

TEST_CASE("a large mean does not cost the variance its digits") {
  const Tensor noise = random::normal(random::key(1), {4096, 1});
  const Tensor x = noise * 0.1f + 1e4f;
  const Run run = train({.momentum = 0}, plain(1), averages(zeros({1}), ones({1})), x);
  // float32 near 1e4 has steps of 1e-3, whose rounding adds 1e-7; 2 % is the sampling error.
  CHECK(run.var[0] == Approx(0.01).epsilon(0.05));
  CHECK(run.mean[0] == Approx(1e4).margin(0.01));
  double power = 0;
  for (const double y : run.y) power += y * y / 4096;
  CHECK(power == Approx(1).epsilon(0.01));
}

TEST_CASE("the derivatives of batch norm agree with differences") {
  const nn::BatchNorm layer{.dtype = float64};
  CHECK(derivative_error(layer, uneven_weights({5, 3})).passes());
  CHECK(derivative_error(layer, uneven_weights({5, 3}), 2).passes());
  const auto on = [&](const Axes& axes) { return layer.partial(&nn::BatchNorm::axis, axes); };
  for (const Axes& axes : {Axes(1), Axes{-2, -1}, Axes{1, 3}}) {
    CHECK(derivative_error(on(axes), uneven_weights({3, 2, 2, 2})).passes());
  }
  CHECK(derivative_error(on(1), uneven_weights({3, 2, 2}), 2).passes());

  // Something to train in front of it, so that an omitted ∂x shows in parameters, too.
  struct Between : nn::Module<Between> {
    Tensor apply(const Tensor& x) const {
      const nn::Dense dense{.features = 2, .dtype = float64};
      return dense(nn::BatchNorm{.dtype = float64}(dense(x)));
    }
  };
  CHECK(derivative_error(Between{}, uneven_weights({4, 3})).passes());
}

TEST_CASE("running averages are constants for the derivative") {
  // √(v + 0) is exact here, so that dx = γ g / √(v + ε) can be asked for exactly.
  const nn::BatchNorm eval{.use_running_average = true, .epsilon = 0};
  const auto state = averages(vector({5, -1}), vector({4, 0.25f}));
  const Tree params{{"scale", vector({3, -0.5f})}, {"bias", vector({1, 1})}};
  const Tensor g = uneven({3, 2}, 4);
  const Tensor dx = grad([&](const Tensor& x) {
    return sum(nn::stateful(state, nn::frozen, [&] { return eval.call(params, x); }) * g);
  })(uneven({3, 2}));
  CHECK(bits(dx) == bits(g * vector({1.5f, -1})));
}
