#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/modules/activation.h>
#include <linseed/modules/loss.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
using nn::softmax_cross_entropy;
namespace nn = linseed::nn;

namespace {

Tensor labels(std::initializer_list<std::int32_t> numbers) {
  return Tensor::from(numbers, {static_cast<std::int64_t>(numbers.size())});
}

}  // namespace

TEST_CASE("cross entropy is the mean negative log likelihood of the labels") {
  const Tensor logits = Tensor::from({0.f, 0.f, 0.f, std::log(3.f)}, {2, 2});
  const double expected = (std::log(2.0) + std::log(4.0 / 3.0)) / 2;
  CHECK(softmax_cross_entropy(logits, labels({0, 1})).item<float>() == Approx(expected));
  CHECK(softmax_cross_entropy(logits, astype(labels({0, 1}), uint8)).item<float>() ==
        Approx(expected));
  CHECK(softmax_cross_entropy(vector({0, 0}), Tensor(1)).item<float>() == Approx(std::log(2.0)));
}

TEST_CASE("the derivative of cross entropy is (softmax − one-hot) / n") {
  const Tensor logits = uneven({2, 3});
  const Tensor target = labels({2, 0});
  const Tensor gradient =
      grad([&](const Tensor& x) { return softmax_cross_entropy(x, target); })(logits);
  const auto chances = values(nn::softmax(logits));
  const auto own = values(gradient);
  for (std::size_t i = 0; i < 6; ++i) {
    const double is_label = i == 2 || i == 3 ? 1 : 0;
    // A few float32 roundings of numbers up to 1.
    CHECK(own[i] == Approx((chances[i] - is_label) / 2).margin(3e-7));
  }
  const auto f = [&](const std::vector<Tensor>& x) { return softmax_cross_entropy(x[0], target); };
  CHECK(first_derivative_error(f, {uneven_weights({2, 3})}).passes());
  CHECK(second_derivative_error(f, {uneven_weights({2, 3})}).passes());
}

TEST_CASE("cross entropy survives extreme and impossible logits") {
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(softmax_cross_entropy(vector({1e4f, 0}), Tensor(1)).item<float>() == 1e4f);
  const Tensor impossible = vector({1, -infinity});
  CHECK(softmax_cross_entropy(impossible, Tensor(0)).item<float>() == 0);
  const Tensor gradient =
      grad([](const Tensor& x) { return softmax_cross_entropy(x, Tensor(0)); })(impossible);
  CHECK(values(gradient) == std::vector<double>{0, 0});
}

TEST_CASE("a label that is no class contributes nothing") {
  CHECK(softmax_cross_entropy(vector({0, 0}), Tensor(7)).item<float>() == 0);
  CHECK(softmax_cross_entropy(vector({0, 0}), Tensor(-1)).item<float>() == 0);
}

TEST_CASE("cross entropy wants integer labels, one for each row of logits") {
  const Tensor logits = zeros({2, 3});
  for (const Tensor& wrong : {labels({0, 1, 2}), zeros({2}), zeros({2, 3}, int32), Tensor(0)}) {
    CHECK(fails<InvalidArgument>([&] { softmax_cross_entropy(logits, wrong); },
                                 {"softmax_cross_entropy", "[2,3] float32"}) == "");
  }
}
