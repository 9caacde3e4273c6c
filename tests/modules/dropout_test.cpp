// Dropout.
#include <catch2/catch.hpp>

#include <limits>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/module/stochastic.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/modules/dropout.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

const Tensor kKey = random::key(3);
const Tensor kX = uneven({6, 5});

}  // namespace

TEST_CASE("dropout keeps by Bernoulli's mask and divides by the rest of the rate") {
  const Tensor y = nn::stochastic(kKey, [] { return nn::dropout(kX, 0.25); });
  const Tensor keep = random::bernoulli(random::fold_in(kKey, 1), 0.75, {6, 5});
  CHECK(bits(y) == bits(where(keep, kX / 0.75, zeros({6, 5}))));
  const double kept = sum(astype(keep, float32)).item<float>();
  CHECK(kept > 12);  // both happen: 22.5 are expected of 30
  CHECK(kept < 30);
  CHECK(bits(nn::dropout(kX, 0.25, {.rng = random::fold_in(kKey, 1)})) == bits(y));
}

TEST_CASE("dropout keeps the mean") {
  // Standard deviation of the mean of 40,000 values 0 or 2.5: 1.22 / 200 = 0.006; five of them.
  const Tensor y = nn::dropout(ones({200, 200}), 0.6, {.rng = kKey});
  CHECK(mean(y).item<float>() == Approx(1).margin(0.03));
}

TEST_CASE("the derivative of dropout is its mask") {
  const auto loss = [](const Tensor& x) { return sum(nn::dropout(x, 0.5) * 3); };
  const auto draw = [&](const auto& f, const Tensor& x) {
    return nn::stochastic(kKey, [&] { return f(x); });
  };
  // Also where x is infinite: what is dropped has no part in the result.
  const Tensor x = where(kX > 0, kX, std::numeric_limits<float>::infinity());
  const Tensor expected =
      where(random::bernoulli(random::fold_in(kKey, 1), 0.5, {6, 5}), 6, zeros({6, 5}));
  CHECK(bits(draw(grad(loss), x)) == bits(expected));
  const auto compiled = jit([&](const Tensor& key, const Tensor& at) {
    return nn::stochastic(key, [&] { return grad(loss)(at); });
  });
  CHECK(bits(compiled(kKey, x)) == bits(expected));
}

TEST_CASE("no key is drawn for a rate of 0, nor when deterministic") {
  CHECK(bits(nn::dropout(kX, 0)) == bits(kX));
  CHECK(bits(nn::dropout(kX, 0.5, {.deterministic = true})) == bits(kX));
  nn::stochastic(kKey, [] {
    nn::dropout(kX, 0);
    nn::dropout(kX, 0.5, {.deterministic = true});
    nn::dropout(kX, 0.5, {.rng = kKey});
    CHECK(bits(nn::make_rng()) == bits(random::fold_in(kKey, 1)));
    return 0;
  });
  CHECK(breaks(ModuleRule::E26, [] { nn::dropout(kX, 0.5); }, {"stochastic"}) == "");
}

TEST_CASE("at rate 1 dropout and its derivative are 0") {
  const auto dropped = [](const Tensor& x) { return sum(nn::dropout(x, 1)); };
  nn::stochastic(kKey, [&] {
    CHECK(values(nn::dropout(vector({1, 2}), 1)) == std::vector<double>{0, 0});
    CHECK(values(grad(dropped)(vector({1, 2}))) == std::vector<double>{0, 0});
    CHECK(bits(nn::make_rng()) == bits(random::fold_in(kKey, 3)));  // each has drawn
    return 0;
  });
}

TEST_CASE("dropout keeps the dtype and checks its arguments") {
  for (const DType dtype : {float64, bfloat16}) {
    CHECK(nn::dropout(astype(kX, dtype), 0.5, {.rng = kKey}).dtype() == dtype);
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double rate : {-0.1, 1.1, 50., nan}) {
    CHECK(fails<InvalidArgument>([&] { nn::dropout(kX, rate, {.rng = kKey}); },
                                 {"dropout", "[0, 1]"}) == "");
  }
  CHECK(fails<InvalidArgument>([] { nn::dropout(arange(3), 0.5, {.rng = kKey}); },
                               {"dropout", "[3] int32", "floating"}) == "");
}
