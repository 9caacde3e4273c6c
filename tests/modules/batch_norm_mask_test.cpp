// BatchNorm with a mask: padded rows of a batch do not count.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

const Tree kParams{{"scale", vector({2, -1})}, {"bias", vector({0.5f, 3})}};
const nn::BatchNorm kLayer{.momentum = 0.5f};

nn::Collection fresh() {
  return nn::Collection(Tree{{"/", {{"mean", vector({1, 2})}, {"var", vector({3, 4})}}}});
}

/// Five rows of which the middle and the last do not count, and the others alone.
struct Rows {
  Tensor all = uneven({5, 3, 2});
  Tensor mask = vector({1, 1, 0, 1, 0});
  Tensor counted = rows(all);

  static Tensor rows(const Tensor& x) {
    return concatenate({slice(x, {0, 0, 0}, {2, 3, 2}), slice(x, {3, 0, 0}, {4, 3, 2})}, 0);
  }
};

struct Result {
  Tensor y;
  nn::Collection state;
};
Result train(const Tensor& x, const Tensor& mask) {
  auto [y, state] = nn::stateful(fresh(), [&] { return kLayer.call(kParams, x, mask); });
  return {y, state};
}

void check_close(const Tensor& a, const Tensor& b) {
  const auto left = values(a);
  const auto right = values(b);
  REQUIRE(left.size() == right.size());
  // The sums are grouped differently: a few roundings of numbers near 1.
  for (std::size_t i = 0; i < left.size(); ++i) CHECK(left[i] == Approx(right[i]).margin(2e-6));
}

}  // namespace

TEST_CASE("a mask equals dropping the rows: result and averages") {
  const Rows r;
  const Result masked = train(r.all, r.mask);
  const Result dropped = train(r.counted, {});
  CHECK(masked.y.shape() == r.all.shape());
  check_close(Rows::rows(masked.y), dropped.y);
  check_close(masked.state["/"]["mean"], dropped.state["/"]["mean"]);
  check_close(masked.state["/"]["var"], dropped.state["/"]["var"]);
}

TEST_CASE("a mask equals dropping the rows: derivatives") {
  const Rows r;
  const Tensor g = uneven({5, 3, 2}, 9) * reshape(r.mask, {5, 1, 1});
  const auto loss = [](const Tensor& mask, const Tensor& weights) {
    return [=](const std::pair<Tensor, Tree>& at) {
      return sum(kLayer.call(at.second, at.first, mask) * weights);
    };
  };
  const auto masked = grad(loss(r.mask, g))(std::pair(r.all, kParams));
  const auto dropped = grad(loss({}, Rows::rows(g)))(std::pair(r.counted, kParams));
  check_close(Rows::rows(masked.first), dropped.first);
  for (const char* name : {"scale", "bias"}) {
    check_close(masked.second[name], dropped.second[name]);
  }
  CHECK(values(sum(abs(slice(masked.first, {2, 0, 0}, {3, 3, 2})))) == std::vector<double>{0});
}

TEST_CASE("masked derivatives agree with differences, also where masked rows enter the loss") {
  const Tensor mask = vector({1, 0, 1, 1});
  const auto f = [&](const std::vector<Tensor>& x) {
    return nn::BatchNorm{.dtype = float64, .bias = false, .scale = false}.call({}, x[0], mask);
  };
  CHECK(first_derivative_error(f, {uneven_weights({4, 2})}).passes());
  CHECK(second_derivative_error(f, {uneven_weights({4, 2})}).passes());
}

TEST_CASE("what stands in masked rows does not matter") {
  const Rows r;
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float junk : {1e30f, infinity, std::nanf("")}) {
    const Tensor x = where(reshape(r.mask, {5, 1, 1}), r.all, full({}, junk));
    const Result masked = train(x, r.mask);
    const Result clean = train(r.all, r.mask);
    CHECK(bits(Rows::rows(masked.y)) == bits(Rows::rows(clean.y)));
    CHECK(bits(masked.state["/"]["var"]) == bits(clean.state["/"]["var"]));
  }
}

TEST_CASE("a batch of which nothing counts leaves the averages as they are") {
  const Result result = train(uneven({4, 2}), zeros({4}));
  CHECK(values(result.state["/"]["mean"]) == std::vector<double>{1, 2});
  CHECK(values(result.state["/"]["var"]) == std::vector<double>{3, 4});
  for (const double y : values(result.y)) CHECK(std::isfinite(y));
  const Tensor dx = grad([](const Tensor& x) {
    return sum(kLayer.call(kParams, x, zeros({4})) * uneven({4, 2}, 3));
  })(uneven({4, 2}));
  for (const double d : values(dx)) CHECK(std::isfinite(d));
}

TEST_CASE("an empty batch leaves the averages as they are") {
  const Result result = train(zeros({0, 2}), {});
  CHECK(result.y.shape() == Shape{0, 2});
  CHECK(values(result.state["/"]["mean"]) == std::vector<double>{1, 2});
  CHECK(values(result.state["/"]["var"]) == std::vector<double>{3, 4});
}

TEST_CASE("a mask of any dtype counts what is not 0") {
  const Rows r;
  const Result as_float = train(r.all, r.mask);
  CHECK(bits(train(r.all, astype(r.mask, bool_)).y) == bits(as_float.y));
  CHECK(bits(train(r.all, astype(r.mask, int32)).y) == bits(as_float.y));
  CHECK(bits(train(r.all, r.mask * 7).y) == bits(as_float.y));
}

TEST_CASE("a mask fits the batch, and the batch is no feature") {
  CHECK(fails<InvalidArgument>(
            [] {
              kLayer.call(kParams, zeros({4, 2}), ones({3}));
            },
            {"mask", "[3]", "[4]", "; in /"}) == "");
  CHECK(fails<InvalidArgument>(
            [] {
              nn::BatchNorm{.axis = 0}.init(random::key(0), zeros({4, 2}), ones({4}));
            },
            {"mask", "axis 0"}) == "");
}
