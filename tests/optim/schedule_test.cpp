#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include <linseed/framework/plan/jit.h>
#include <linseed/optim/schedule.h>
#include <linseed/tests/golden/schedules.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
using namespace linseed::optim;

namespace {

/// The largest difference to `golden` at the steps it is for, NaN if one is.
template <std::size_t n>
double deviation(const Schedule& schedule, const double (&golden)[n]) {
  double worst = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const Tensor rate = schedule(Tensor(static_cast<int>(golden::kScheduleSteps[i])));
    const double difference = std::abs(rate.item<double>() - golden[i]);
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}

// Rates up to ½ in float32; a cosine's argument is off by half a unit of its place, too.
constexpr double kFloat32 = 2e-7;

}  // namespace

TEST_CASE("a constant schedule is the same tensor at all steps") {
  const auto rate = constant_schedule(0.25);
  for (const int step : {0, 7}) {
    CHECK(rate(Tensor(step)).item<float>() == 0.25f);
    CHECK(rate(Tensor(step)).spec() == TensorSpec{{}, float32});
  }
}

TEST_CASE("schedules are those of optax and flax") {
  CHECK(deviation(stepped_schedule(0.5, 10, {{3, 0.5}, {5, 0.1}, {10, 0.02}}, 0.7),
                  golden::kStepped) < kFloat32);
  CHECK(deviation(one_cycle_schedule(0.5, 100), golden::kOneCycle) < kFloat32);
  CHECK(deviation(one_cycle_schedule(
                      0.5, 150, {.rising_fraction = 0.2, .start_divisor = 10, .end_divisor = 100}),
                  golden::kSteepOneCycle) < kFloat32);
  CHECK(deviation(inverse_sqrt_schedule(0.5, 30), golden::kInverseSqrt) < kFloat32);
  CHECK(deviation(piecewise_schedule({{0, with_warmup(constant_schedule(0.5), 30)},
                                      {30, constant_schedule(0.5)},
                                      {50, cosine_schedule(0.5, 1000, 1)}}),
                  golden::kPiecewise) < kFloat32);
}

TEST_CASE("steps may be int64, and lie far behind the end of a schedule") {
  const auto rate_at = [](const Schedule& schedule, std::int64_t step) {
    const Tensor rate = schedule(Tensor::from(std::vector<std::int64_t>{step}, {}));
    CHECK(rate.spec() == TensorSpec{{}, float32});
    return rate.item<double>();
  };
  const std::int64_t late = 3'000'000'000;  // beyond int32
  const auto falling = one_cycle_schedule(0.5, 100);
  for (const int step : {0, 1, 30, 99}) {
    CHECK(rate_at(falling, step) == falling(Tensor(step)).item<double>());
  }
  CHECK(rate_at(falling, late) == Approx(2e-6));
  CHECK(rate_at(constant_schedule(0.25), late) == 0.25);
  CHECK(rate_at(stepped_schedule(0.5, 10, {{3, 0.5}}, 0.5), late) == 0.25);
  CHECK(rate_at(inverse_sqrt_schedule(0.5, 30), late) == Approx(0.5 * std::sqrt(30. / 3e9)));
  const auto joined =
      piecewise_schedule({{0, constant_schedule(0.5)}, {late, constant_schedule(0.25)}});
  CHECK(rate_at(joined, late - 1) == 0.5);
  CHECK(rate_at(joined, late) == 0.25);
}

TEST_CASE("a cycle that only falls begins at its peak") {
  const auto rate = one_cycle_schedule(0.5, 10, {.rising_fraction = 0});
  CHECK(rate(Tensor(0)).item<float>() == 0.5f);
  CHECK(rate(Tensor(5)).item<float>() == Approx(0.25).epsilon(1e-5));
}

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
  const std::vector<Schedule> all{
      constant_schedule(0.1),
      cosine_schedule(1, 100, 1, 0.1),
      stepped_schedule(1, 10, {{1, 0.5}, {5, 0.1}}, 0.5),
      one_cycle_schedule(1, 100),
      inverse_sqrt_schedule(1, 10),
      piecewise_schedule({{0, constant_schedule(0.5)}, {50, inverse_sqrt_schedule(1, 10)}})};
  for (const Schedule& rate : all) {
    const auto compiled = jit([=](Tensor step) { return rate(step); });
    for (const int step : {0, 3, 50, 99}) {
      CHECK(bits(compiled(Tensor(step))) == bits(rate(Tensor(step))));
    }
    CHECK(compiled.trace_count() == 1);
  }
}

TEST_CASE("a schedule refuses what makes no sense") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(fails<InvalidArgument>([] { cosine_schedule(-1, 10, 4); }, {"cosine_schedule", "base"}) ==
        "");
  CHECK(fails<InvalidArgument>([&] { cosine_schedule(nan, 10, 4); }, {"base"}) == "");
  CHECK(fails<InvalidArgument>([] { cosine_schedule(1, 0, 4); }, {"steps_per_epoch 0"}) == "");
  CHECK(fails<InvalidArgument>([] { cosine_schedule(1, 10, 0); }, {"halfcos_epochs 0"}) == "");
  CHECK(fails<InvalidArgument>([] { cosine_schedule(1, 10, 4, -1); }, {"warmup_epochs -1"}) == "");
  CHECK(fails<InvalidArgument>([] { constant_schedule(-0.5); }, {"base -0.5"}) == "");
  CHECK(fails<InvalidArgument>([] { with_warmup(constant_schedule(1), -1); }, {"warmup"}) == "");
  CHECK(fails<InvalidArgument>(
            [] {
              stepped_schedule(1, 10, {{5, 1}, {3, 1}});
            },
            {"epoch 3", "after epoch 5"}) == "");
  CHECK(fails<InvalidArgument>([] { stepped_schedule(1, 10, {{5, -1}}); }, {"factor -1"}) == "");
  CHECK(fails<InvalidArgument>([] { one_cycle_schedule(1, 0); }, {"steps 0"}) == "");
  CHECK(fails<InvalidArgument>([] { one_cycle_schedule(1, 10, {.rising_fraction = 1}); },
                               {"rising_fraction 1"}) == "");
  CHECK(fails<InvalidArgument>([] { one_cycle_schedule(1, 10, {.end_divisor = 0}); },
                               {"end_divisor 0"}) == "");
  CHECK(fails<InvalidArgument>([] { inverse_sqrt_schedule(1, 0); }, {"warmup_steps 0"}) == "");
  CHECK(fails<InvalidArgument>([] { piecewise_schedule({}); }, {"none"}) == "");
  CHECK(fails<InvalidArgument>(
            [] {
              piecewise_schedule({{1, constant_schedule(1)}});
            },
            {"step 0", "1"}) == "");
  CHECK(fails<InvalidArgument>(
            [] {
              piecewise_schedule({{0, constant_schedule(1)}, {0, constant_schedule(2)}});
            },
            {"begins at step 0"}) == "");
}
