#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include <linseed/framework/plan/jit.h>
#include <linseed/optim/schedule.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
using optim::cosine_schedule;

TEST_CASE("the cosine schedule falls from the base to 0, and rises again") {
  const auto rate = cosine_schedule(0.5, 10, 4);
  const auto at = [&](int step) { return static_cast<double>(rate(Tensor(step)).item<float>()); };
  CHECK(rate(Tensor(0)).dtype() == float32);
  CHECK(rate(Tensor(0)).ndim() == 0);
  // float32 cosines near 1.
  CHECK(at(0) == 0.5);
  CHECK(at(10) == Approx(0.5 * (0.5 + 0.5 * std::cos(std::numbers::pi / 4))).margin(1e-7));
  CHECK(at(20) == Approx(0.25).margin(1e-7));
  CHECK(at(40) == Approx(0).margin(1e-7));
  CHECK(at(80) == Approx(0.5).margin(1e-7));
}

TEST_CASE("warm-up multiplies the schedule by a ramp") {
  const auto plain = cosine_schedule(0.5, 10, 4);
  const auto warm = cosine_schedule(0.5, 10, 4, 0.5);
  const auto ratio = [&](int step) {
    return warm(Tensor(step)).item<float>() / plain(Tensor(step)).item<float>();
  };
  CHECK(ratio(0) == 0);
  CHECK(ratio(1) == Approx(0.2));
  CHECK(ratio(4) == Approx(0.8));
  CHECK(ratio(5) == 1);
  CHECK(ratio(17) == 1);
}

TEST_CASE("a schedule runs under jit with one trace") {
  const auto rate = cosine_schedule(1, 100, 1, 0.1);
  const auto compiled = jit([=](Tensor step) { return rate(step); });
  for (const int step : {0, 3, 50, 99}) {
    CHECK(bits(compiled(Tensor(step))) == bits(rate(Tensor(step))));
  }
  CHECK(compiled.trace_count() == 1);
}

TEST_CASE("a schedule refuses what makes no sense") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(fails<InvalidArgument>([] { cosine_schedule(-1, 10, 4); }, {"cosine_schedule", "base"}) ==
        "");
  CHECK(fails<InvalidArgument>([&] { cosine_schedule(nan, 10, 4); }, {"base"}) == "");
  CHECK(fails<InvalidArgument>([] { cosine_schedule(1, 0, 4); }, {"steps_per_epoch 0"}) == "");
  CHECK(fails<InvalidArgument>([] { cosine_schedule(1, 10, 0); }, {"halfcos_epochs 0"}) == "");
  CHECK(fails<InvalidArgument>([] { cosine_schedule(1, 10, 4, -1); }, {"warmup_epochs -1"}) == "");
}
