#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/activation.h>
#include <linseed/tests/golden/activations.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

using Activation = Tensor (*)(const Tensor&);

struct Case {
  const char* name;
  Activation f;
};

const Case kActivations[] = {
    {"celu", [](const Tensor& x) { return nn::celu(x, 2.5); }},
    {"elu", [](const Tensor& x) { return nn::elu(x, 0.5); }},
    {"gelu", [](const Tensor& x) { return nn::gelu(x); }},
    {"gelu exact", [](const Tensor& x) { return nn::gelu(x, false); }},
    {"hard_sigmoid", nn::hard_sigmoid},
    {"hard_swish", nn::hard_swish},
    {"hard_tanh", nn::hard_tanh},
    {"leaky_relu", [](const Tensor& x) { return nn::leaky_relu(x); }},
    {"log_sigmoid", nn::log_sigmoid},
    {"mish", nn::mish},
    {"relu", nn::relu},
    {"relu6", nn::relu6},
    {"selu", nn::selu},
    {"sigmoid", nn::sigmoid},
    {"silu", nn::silu},
    {"soft_sign", nn::soft_sign},
    {"softplus", nn::softplus},
    {"swish", nn::swish},
    {"tanh", nn::tanh},
};

Tensor slope(Activation f, const Tensor& x) {
  return grad([f](const Tensor& t) { return sum(f(t)); })(x);
}

/// Values and derivatives at the golden points, each relative to itself: what is small has full
/// precision, too. But for those that JAX or we make of 1 and something small (`absolute`).
template <std::size_t n>
void check_against_jax(const char* what, Activation f, const double (&y)[n], const double (&dy)[n],
                       bool absolute = false) {
  const Tensor points = Tensor::from(std::span<const double>(golden::kPoints), {n});
  for (const auto& [dtype, tolerance] : {std::pair(float64, 4e-15), std::pair(float32, 2e-6)}) {
    const Tensor x = astype(points, dtype);
    const auto own = values(f(x)), own_slope = values(slope(f, x));
    for (std::size_t i = 0; i < n; ++i) {
      INFO(what << " in " << name(dtype) << " at " << golden::kPoints[i]);
      const double smallest = absolute ? 1 : 1e-30;
      CHECK(std::abs(own[i] - y[i]) <= tolerance * std::max(smallest, std::abs(y[i])));
      CHECK(std::abs(own_slope[i] - dy[i]) <= tolerance * std::max(smallest, std::abs(dy[i])));
    }
  }
}

}  // namespace

TEST_CASE("activations and their derivatives equal those of jax.nn") {
  check_against_jax("hard_sigmoid", nn::hard_sigmoid, golden::kHardSigmoid,
                    golden::kHardSigmoidSlope);
  check_against_jax("hard_swish", nn::hard_swish, golden::kHardSwish, golden::kHardSwishSlope);
  check_against_jax("hard_tanh", nn::hard_tanh, golden::kHardTanh, golden::kHardTanhSlope);
  check_against_jax("relu", nn::relu, golden::kRelu, golden::kReluSlope);
  check_against_jax("relu6", nn::relu6, golden::kRelu6, golden::kRelu6Slope);
  check_against_jax("selu", nn::selu, golden::kSelu, golden::kSeluSlope, true);
  check_against_jax("sigmoid", nn::sigmoid, golden::kSigmoid, golden::kSigmoidSlope, true);
  check_against_jax("log_sigmoid", nn::log_sigmoid, golden::kLogSigmoid, golden::kLogSigmoidSlope);
  check_against_jax("softplus", nn::softplus, golden::kSoftplus, golden::kSoftplusSlope);
  check_against_jax("soft_sign", nn::soft_sign, golden::kSoftSign, golden::kSoftSignSlope);
  check_against_jax("swish", nn::swish, golden::kSwish, golden::kSwishSlope, true);
  check_against_jax("silu", nn::silu, golden::kSwish, golden::kSwishSlope, true);
  check_against_jax("mish", nn::mish, golden::kMish, golden::kMishSlope, true);
  check_against_jax("tanh", nn::tanh, golden::kTanh, golden::kTanhSlope, true);
  check_against_jax(
      "celu", [](const Tensor& x) { return nn::celu(x, 2.5); }, golden::kCelu, golden::kCeluSlope,
      true);
  check_against_jax(
      "elu", [](const Tensor& x) { return nn::elu(x, 0.5); }, golden::kElu, golden::kEluSlope,
      true);
  check_against_jax(
      "leaky_relu", [](const Tensor& x) { return nn::leaky_relu(x); }, golden::kLeakyRelu,
      golden::kLeakyReluSlope);
  check_against_jax(
      "gelu", [](const Tensor& x) { return nn::gelu(x); }, golden::kGelu, golden::kGeluSlope, true);
  check_against_jax(
      "gelu", [](const Tensor& x) { return nn::gelu(x, false); }, golden::kGeluExact,
      golden::kGeluExactSlope, true);
}

TEST_CASE("activations of several axes equal those of jax.nn") {
  const Tensor x =
      reshape(Tensor::from(std::span<const double>(golden::kPoints), {16}) / 8, {4, 4});
  CHECK(deviation(nn::glu(x, 0), golden::kGlu) < 1e-14);
  CHECK(deviation(nn::softmax(x, {0, 1}), golden::kSoftmaxOfAll) < 1e-14);
  CHECK(deviation(nn::log_softmax(x, {1, 0}), golden::kLogSoftmaxOfAll) < 1e-14);
}

TEST_CASE("the derivatives of activations agree with differences, the second ones too") {
  // Away from the kinks at 0, ±1, ±3 and 6.
  const Tensor x = Tensor::from({-5.5, -2.2, -0.6, 0.4, 1.7, 3.6, 7.1}, {7});
  for (const Case& activation : kActivations) {
    INFO(activation.name);
    const auto f = [&](const std::vector<Tensor>& in) { return activation.f(in[0]); };
    CHECK(first_derivative_error(f, {x}).passes());
    CHECK(second_derivative_error(f, {x}).passes());
  }
}

TEST_CASE("where an activation has a kink, its derivative is the one that is promised") {
  const auto at = [](Activation f, float x) { return slope(f, vector({x})).item<float>(); };
  CHECK(at(nn::relu, 0) == 0);
  CHECK(at(nn::relu6, 0) == 0);
  CHECK(at(nn::relu6, 6) == 0);
  CHECK(at(nn::hard_sigmoid, -3) == 0);
  CHECK(at(nn::hard_sigmoid, 3) == 0);
  CHECK(at(nn::hard_tanh, -1) == 1);
  CHECK(at(nn::hard_tanh, 1) == 1);
  CHECK(at([](const Tensor& x) { return nn::leaky_relu(x); }, 0) == 1);
  CHECK(at([](const Tensor& x) { return nn::elu(x, 0.5); }, 0) == 0.5f);
  // No kink, though made of pieces.
  CHECK(at([](const Tensor& x) { return nn::celu(x, 2.5); }, 0) == 1);
  CHECK(at(nn::sigmoid, 0) == 0.25f);
  CHECK(at(nn::softplus, 0) == 0.5f);
  CHECK(at(nn::log_sigmoid, 0) == 0.5f);
  CHECK(at(nn::soft_sign, 0) == 1);
  CHECK(at(nn::swish, 0) == 0.5f);
  CHECK(at(nn::mish, 0) == 0.6f);
}

TEST_CASE("the second derivatives of smooth activations are right at 0, too") {
  const auto second_at_0 = [](Activation f) {
    const auto first = grad([f](const Tensor& t) { return sum(f(t)); });
    return grad([first](const Tensor& t) { return sum(first(t)); })(vector({0})).item<float>();
  };
  CHECK(second_at_0(nn::sigmoid) == 0);
  CHECK(second_at_0(nn::softplus) == 0.25f);
  CHECK(second_at_0(nn::swish) == 0.5f);
}

TEST_CASE("no activation is NaN at large numbers, nor is its derivative") {
  for (const DType dtype : {float32, float64, bfloat16, float16}) {
    const double largest = dtype == float16 ? 6e4 : 3e38;
    const double x[] = {-largest, -1e30, -1e10, -500, -100, 100, 500, 1e10, 1e30, largest};
    const Tensor points =
        astype(clip(Tensor::from(std::span<const double>(x), {10}), -largest, largest), dtype);
    for (const Case& activation : kActivations) {
      INFO(activation.name << " of " << name(dtype));
      const auto y = values(activation.f(points)), dy = values(slope(activation.f, points));
      for (std::size_t i = 0; i < 10; ++i) {
        INFO(x[i]);
        CHECK(std::isfinite(y[i]));
        CHECK(std::isfinite(dy[i]));
        CHECK(std::abs(dy[i]) < 1.06);  // selu's λ is the largest slope there
      }
    }
  }
}

TEST_CASE("activations keep the floating type, and NaN") {
  for (const Case& activation : kActivations) {
    INFO(activation.name);
    for (const DType dtype : {bfloat16, float16, float32, float64}) {
      CHECK(activation.f(zeros({2}, dtype)).dtype() == dtype);
    }
    CHECK(std::isnan(activation.f(vector({std::nanf("")})).item<float>()));
  }
}

TEST_CASE("glu refuses an odd size") {
  CHECK(fails<InvalidArgument>([] { nn::glu(zeros({2, 3})); }, {"glu", "axis -1", "[2,3]"}) == "");
  CHECK(fails<InvalidArgument>([] { nn::glu(zeros({2, 3}), 2); }, {"glu", "axis 2"}) == "");
  CHECK(nn::glu(zeros({2, 3}), 0).shape() == Shape{1, 3});
}

TEST_CASE("relu cuts off at 0, where its derivative is 0, and keeps NaN") {
  const Tensor x = vector({-2, 0, 3, kInfinity, -kInfinity});
  CHECK(values(nn::relu(x)) == std::vector<double>{0, 0, 3, kInfinity, 0});
  const Tensor slope = grad([](const Tensor& t) { return sum(nn::relu(t)); })(x);
  CHECK(values(slope) == std::vector<double>{0, 0, 1, 1, 0});
  CHECK(std::isnan(nn::relu(vector({std::nanf("")})).item<float>()));
}

TEST_CASE("softmax is a distribution over the axis") {
  const Tensor x = Tensor::from({0.f, std::log(3.f), 1.f, 1.f}, {2, 2});
  const auto rows = values(nn::softmax(x));
  CHECK(rows[0] == Approx(0.25));
  CHECK(rows[1] == Approx(0.75));
  CHECK(rows[2] == 0.5);
  const auto columns = values(sum(nn::softmax(x, 0), 0));
  CHECK(columns[0] == Approx(1));
  CHECK(columns[1] == Approx(1));
  CHECK(values(nn::log_softmax(x))[0] == Approx(std::log(0.25)));
  CHECK(values(exp(nn::log_softmax(x, 0)))[1] == Approx(values(nn::softmax(x, 0))[1]));
}

TEST_CASE("softmax neither overflows nor loses an impossible class") {
  CHECK(values(nn::softmax(vector({1e30f, 1e30f}))) == std::vector<double>{0.5, 0.5});
  CHECK(values(nn::softmax(vector({0, -kInfinity}))) == std::vector<double>{1, 0});
  CHECK(values(nn::log_softmax(vector({0, -1000}))) == std::vector<double>{0, -1000});
  CHECK(values(nn::log_softmax(vector({0, -kInfinity}))) == std::vector<double>{0, -kInfinity});
}

TEST_CASE("the derivatives of softmax agree with differences") {
  for (const int axis : {-1, 0}) {
    const auto soft = [&](const std::vector<Tensor>& x) { return nn::softmax(x[0], axis); };
    const auto log_soft = [&](const std::vector<Tensor>& x) { return nn::log_softmax(x[0], axis); };
    CHECK(first_derivative_error(soft, {uneven_weights({3, 4})}).passes());
    CHECK(second_derivative_error(soft, {uneven_weights({3, 4})}).passes());
    CHECK(first_derivative_error(log_soft, {uneven_weights({3, 4})}).passes());
    CHECK(second_derivative_error(log_soft, {uneven_weights({3, 4})}).passes());
  }
}
