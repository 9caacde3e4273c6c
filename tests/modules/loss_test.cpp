#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/activation.h>
#include <linseed/modules/loss.h>
#include <linseed/tests/golden/losses.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
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

/// x in float64, and then in float32: the values of each example, and the gradient of their mean.
template <class Loss, std::size_t n, std::size_t e>
void check_loss(const char* what, const Loss& loss, const Tensor& x, const double (&golden)[e],
                const double (&gradient)[n]) {
  for (const auto& [dtype, tolerance] : {std::pair(float64, 1e-14), std::pair(float32, 2e-6)}) {
    INFO(what << " in " << name(dtype));
    const Tensor at = astype(x, dtype);
    const Tensor each = loss(at, nn::Reduction::none);
    CHECK(each.dtype() == dtype);
    CHECK(deviation(each, golden) < tolerance);
    CHECK(deviation(mean(each), {values(loss(at, nn::Reduction::mean))[0]}) < tolerance);
    CHECK(deviation(sum(each), {values(loss(at, nn::Reduction::sum))[0]}) < tolerance);
    const auto mean_loss = [&](const Tensor& t) { return loss(t, nn::Reduction::mean); };
    CHECK(deviation(grad(mean_loss)(at), gradient) < tolerance);
  }
}

/// The logits of make_losses.py.
Tensor golden_logits() { return astype(uneven({3, 5}, 1), float64) * 4; }

}  // namespace

TEST_CASE("losses and their derivatives equal their definitions in JAX") {
  const auto softmax = [](const Tensor& target, double smoothing) {
    return [=](const Tensor& x, nn::Reduction reduction) {
      const Tensor like_x = is_floating(target.dtype()) ? astype(target, x.dtype()) : target;
      return softmax_cross_entropy(x, like_x,
                                   {.label_smoothing = smoothing, .reduction = reduction});
    };
  };
  const Tensor classes = labels({2, 0, 4});
  const Tensor rows = one_hot(classes, 5, float64);
  const Tensor chances = nn::softmax(astype(uneven({3, 5}, 2), float64));
  const Tensor x = golden_logits();
  check_loss("labels", softmax(classes, 0), x, golden::kSoftmaxLoss, golden::kSoftmaxLossGradient);
  check_loss("one-hot", softmax(rows, 0), x, golden::kSoftmaxLoss, golden::kSoftmaxLossGradient);
  check_loss("smoothed labels", softmax(classes, 0.25), x, golden::kSoftmaxSmoothedLoss,
             golden::kSoftmaxSmoothedLossGradient);
  check_loss("smoothed one-hot", softmax(rows, 0.25), x, golden::kSoftmaxSmoothedLoss,
             golden::kSoftmaxSmoothedLossGradient);
  check_loss("chances", softmax(chances, 0), x, golden::kSoftmaxOfChancesLoss,
             golden::kSoftmaxOfChancesLossGradient);

  const Tensor answers = (astype(uneven({3, 5}, 2), float64) + 1) / 2;
  const auto sigmoid = [&](double smoothing) {
    return [=](const Tensor& logits, nn::Reduction reduction) {
      return nn::sigmoid_cross_entropy(logits, astype(answers, logits.dtype()),
                                       {.label_smoothing = smoothing, .reduction = reduction});
    };
  };
  check_loss("sigmoid", sigmoid(0), x, golden::kSigmoidLoss, golden::kSigmoidLossGradient);
  check_loss("smoothed sigmoid", sigmoid(0.25), x, golden::kSigmoidSmoothedLoss,
             golden::kSigmoidSmoothedLossGradient);

  const Tensor prediction = uneven({3, 4}, 1), target = uneven({3, 4}, 2);
  check_loss(
      "mse",
      [&](const Tensor& p, nn::Reduction how) { return nn::mse(p, target, {.reduction = how}); },
      prediction, golden::kMseLoss, golden::kMseLossGradient);
  check_loss(
      "l1",
      [&](const Tensor& p, nn::Reduction how) { return nn::l1(p, target, {.reduction = how}); },
      prediction, golden::kL1Loss, golden::kL1LossGradient);
  check_loss(
      "huber",
      [&](const Tensor& p, nn::Reduction how) {
        return nn::huber(p, target, {.delta = 0.5, .reduction = how});
      },
      prediction, golden::kHuberLoss, golden::kHuberLossGradient);
  check_loss(
      "divergence",
      [&](const Tensor& log_q, nn::Reduction how) {
        return nn::kl_divergence(log_q, astype(chances, log_q.dtype()), {.reduction = how});
      },
      nn::log_softmax(x), golden::kDivergenceLoss, golden::kDivergenceLossGradient);
}

TEST_CASE("weights count examples: a mean over those of weight 1 ignores the others") {
  const float nan = std::nanf("");
  const Tensor logits = Tensor::from({1.f, 2.f, nan, 0.f, 3.f, 0.f}, {3, 2});
  const Tensor target = labels({0, 1, 1});
  const Tensor mask = Tensor::from({true, false, true}, {3});
  const auto with = [&](nn::Reduction reduction) {
    return softmax_cross_entropy(logits, target, {.weights = mask, .reduction = reduction});
  };
  const double first = std::log1p(std::exp(1)), last = std::log1p(std::exp(3));
  CHECK(with(nn::Reduction::mean).item<double>() == Approx((first + last) / 2));
  CHECK(with(nn::Reduction::sum).item<double>() == Approx(first + last));
  const auto each = values(with(nn::Reduction::none));
  CHECK(each[0] == Approx(first));
  CHECK(each[1] == 0);
  CHECK(each[2] == Approx(last));
  const Tensor two = Tensor::from({1.f, 5.f}, {2, 1});
  CHECK(nn::mse(two, zeros({2, 1}), {.weights = Tensor::from({3.f, 1.f}, {2, 1})}).item<float>() ==
        7);
  CHECK(nn::mse(two, zeros({2, 1}), {.weights = vector({0})}).item<float>() == 0);
  CHECK(nn::l1(zeros({2, 3}), ones({2, 3}), {.weights = vector({1, 0, 3})}).item<float>() == 1);
}

TEST_CASE("the gradient of a weighted loss is that of the counted part") {
  const Tensor target = labels({2, 0, 1});
  const Tensor weights = Tensor::from({2.0, 0.0, 0.5}, {3});
  const auto f = [&](const std::vector<Tensor>& x) {
    return softmax_cross_entropy(x[0], target, {.label_smoothing = 0.1, .weights = weights});
  };
  CHECK(first_derivative_error(f, {uneven_weights({3, 4})}).passes());
  CHECK(second_derivative_error(f, {uneven_weights({3, 4})}).passes());
}

TEST_CASE("sigmoid cross entropy neither overflows nor loses what is small") {
  const Tensor logits = vector({20, -20, 1e30f, -1e30f, 100, 0});
  const Tensor answers = labels({1, 0, 1, 1, 0, 1});
  const auto loss = [&](const Tensor& x) {
    return nn::sigmoid_cross_entropy(x, answers, {.reduction = nn::Reduction::none});
  };
  const auto each = values(loss(logits));
  CHECK(each[0] == Approx(std::exp(-20)));
  CHECK(each[1] == Approx(std::exp(-20)));
  CHECK(each[2] == 0);
  CHECK(each[3] == 1e30f);
  CHECK(each[4] == 100);
  CHECK(each[5] == Approx(std::log(2)));
  const auto slope = values(grad([&](const Tensor& x) { return sum(loss(x)); })(logits));
  CHECK(slope[0] == Approx(-std::exp(-20)));
  CHECK(slope[2] == 0);
  CHECK(slope[3] == -1);
  CHECK(slope[4] == 1);
  CHECK(slope[5] == -0.5);
}

TEST_CASE("the Huber loss is smooth where parabola and line meet, and flat at 0") {
  const auto at = [](float error) {
    const auto loss = [](const Tensor& x) { return nn::huber(x, Tensor(0.f), {.delta = 2}); };
    const auto [value, slope] = value_and_grad(loss)(Tensor(error));
    return std::pair(value.item<float>(), slope.item<float>());
  };
  CHECK(at(2) == std::pair(2.f, 2.f));
  CHECK(at(-2) == std::pair(2.f, -2.f));
  CHECK(at(-3) == std::pair(4.f, -2.f));
  CHECK(at(0) == std::pair(0.f, 0.f));
  CHECK(at(1e30f) == std::pair(2e30f, 2.f));
}

TEST_CASE("equal distributions have no divergence, and impossible classes contribute none") {
  const Tensor p = vector({0.25, 0, 0.75});
  CHECK(nn::kl_divergence(log(p), p).item<float>() == 0);
  const auto loss = [&](const Tensor& log_q) { return nn::kl_divergence(log_q, p); };
  CHECK(values(grad(loss)(log(p))) == std::vector<double>{-0.25, 0, -0.75});
  const Tensor log_q = nn::log_softmax(vector({1, 2, 3}));
  const auto of_p = [&](const std::vector<Tensor>& in) {
    return nn::kl_divergence(astype(log_q, float64), nn::softmax(in[0]));
  };
  CHECK(first_derivative_error(of_p, {uneven_weights({3})}).passes());
  const auto dp = values(grad([&](const Tensor& t) { return nn::kl_divergence(log_q, t); })(p));
  for (const double slope : dp) CHECK(std::isfinite(slope));
}

TEST_CASE("accuracy is the share of labels with the largest logit") {
  const Tensor logits = Tensor::from({1.f, 2.f, 5.f, 0.f, 3.f, 4.f}, {3, 2});
  CHECK(nn::accuracy(logits, labels({1, 1, 1})).item<float>() == Approx(2.0 / 3));
  CHECK(nn::accuracy(logits, labels({1, 0, 1})).item<float>() == 1);
  CHECK(nn::accuracy(logits, labels({1, 1, 1}), {.weights = vector({1, 1, 0})}).item<float>() ==
        0.5);
  CHECK(values(nn::accuracy(logits, labels({1, 1, 1}), {.reduction = nn::Reduction::none})) ==
        std::vector<double>{1, 0, 1});
  CHECK(nn::accuracy(astype(logits, bfloat16), labels({1, 0, 1})).dtype() == float32);
}

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
  CHECK(softmax_cross_entropy(vector({0, 0}), Tensor(2), {.label_smoothing = 0.1}).item<float>() ==
        0);
}

TEST_CASE("cross entropy wants integer labels, one for each row of logits") {
  const Tensor logits = zeros({2, 3});
  for (const Tensor& wrong : {labels({0, 1, 2}), zeros({2}), zeros({2, 3}, int32), Tensor(0)}) {
    CHECK(fails<InvalidArgument>([&] { softmax_cross_entropy(logits, wrong); },
                                 {"softmax_cross_entropy", "[2,3] float32"}) == "");
    CHECK(fails<InvalidArgument>([&] { nn::accuracy(logits, wrong); },
                                 {"accuracy", "[2,3] float32"}) == "");
  }
  CHECK(fails<InvalidArgument>(
            [&] {
              softmax_cross_entropy(zeros({1, 3}, int32), labels({0}));
            },
            {"floating logits", "[1,3] int32"}) == "");
  CHECK(fails<InvalidArgument>([] { softmax_cross_entropy(Tensor(1.f), Tensor(1.f)); },
                               {"logits [..., classes]"}) == "");
}

TEST_CASE("losses refuse shapes that would broadcast, and options out of range") {
  const Tensor column = zeros({3, 1}), row = zeros({3});
  CHECK(fails<InvalidArgument>([&] { nn::mse(column, row); }, {"mse", "[3,1]", "[3]"}) == "");
  CHECK(fails<InvalidArgument>([&] { nn::l1(row, column); }, {"l1", "[3,1]", "[3]"}) == "");
  CHECK(fails<InvalidArgument>([&] { nn::huber(row, column); }, {"huber", "[3,1]"}) == "");
  CHECK(fails<InvalidArgument>([&] { nn::kl_divergence(row, column); },
                               {"kl_divergence", "[3,1]"}) == "");
  CHECK(fails<InvalidArgument>([&] { nn::sigmoid_cross_entropy(row, column); },
                               {"sigmoid_cross_entropy", "[3,1]"}) == "");
  const Tensor whole = zeros({3}, int32);
  CHECK(fails<InvalidArgument>([&] { nn::mse(whole, row); }, {"mse", "floating", "int32"}) == "");
  CHECK(fails<InvalidArgument>([&] { nn::kl_divergence(row, whole); }, {"int32"}) == "");
  CHECK(fails<InvalidArgument>([&] { nn::sigmoid_cross_entropy(whole, row); }, {"int32"}) == "");
  CHECK(fails<InvalidArgument>([&] { nn::huber(row, row, {.delta = 0}); }, {"delta 0"}) == "");
  CHECK(
      fails<InvalidArgument>([&] { nn::sigmoid_cross_entropy(row, row, {.label_smoothing = 1.5}); },
                             {"label_smoothing 1.5", "[0, 1]"}) == "");
  CHECK(fails<InvalidArgument>([&] { softmax_cross_entropy(row, row, {.label_smoothing = -1}); },
                               {"softmax_cross_entropy: label_smoothing -1"}) == "");
  CHECK(fails<InvalidArgument>([&] { nn::mse(row, row, {.weights = zeros({2})}); },
                               {"mse", "[2]", "[3]"}) == "");
  CHECK(fails<InvalidArgument>(
            [&] {
              nn::mse(row, row, {.weights = zeros({4, 3})});
            },
            {"weights [4,3]", "[3] float32"}) == "");
}
