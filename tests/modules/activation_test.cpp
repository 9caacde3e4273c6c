#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/activation.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

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
