#include <linseed/modules/batch_stats.h>

#include <catch2/catch.hpp>

#include <linseed/framework/linseed.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

Tensor batch(std::uint64_t seed) { return random::normal(random::key(seed), {16, 3}) * 2 + 1; }

nn::Collection fresh_stats() {
  return nn::stateful([] {
           return nn::BatchNorm{}.create_by_shape(random::key(0), {{{16, 3}}});
         })
      .second;
}

nn::Model<nn::BatchNorm> model() {
  return nn::stateful([] {
           return nn::BatchNorm{}.create_by_shape(random::key(0), {{{16, 3}}});
         })
      .first.model;
}

}  // namespace

TEST_CASE("an unaveraged state takes the statistics of the batch, whatever it was before") {
  const Tensor x = batch(1);
  const auto [y, stats] = nn::stateful(fresh_stats(), nn::unaveraged, [&] { return model()(x); });
  CHECK(values(stats["/"]["mean"]) == values(moments(x, {0}).mean));
  CHECK(values(stats["/"]["var"]) == values(moments(x, {0}).m2 / 16));
  // Afterwards it is a state like any other.
  const auto moved = nn::stateful(stats, [&] { return model()(batch(2)); }).second;
  const auto old = values(stats["/"]["mean"]), now = values(moments(batch(2), {0}).mean);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(values(moved["/"]["mean"])[i] == Approx(0.99 * old[i] + 0.01 * now[i]).epsilon(1e-5));
  }
}

TEST_CASE("the mean of statistics weighs batches alike") {
  nn::StatsMean measured;
  std::vector<double> expected(3);
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    measured.add(
        nn::stateful(fresh_stats(), nn::unaveraged, [&] { return model()(batch(seed)); }).second);
    const auto var = values(moments(batch(seed), {0}).m2 / 16);
    for (std::size_t i = 0; i < 3; ++i) expected[i] += var[i] / 5;
  }
  CHECK(measured.count() == 5);
  for (std::size_t i = 0; i < 3; ++i) {  // five additions of float32
    CHECK(values(measured.value()["/"]["var"])[i] == Approx(expected[i]).epsilon(1e-6));
  }
}

TEST_CASE("the mean of statistics is of at least one batch, all of one network") {
  nn::StatsMean measured;
  CHECK_THROWS_AS(measured.value(), InvalidArgument);
  measured.add(fresh_stats());
  CHECK_THROWS_AS(measured.add(nn::Collection(Tree{{"/other", Tree{{"mean", zeros({3})}}}})),
                  InvalidArgument);
  CHECK(measured.count() == 1);
  CHECK(values(measured.value()["/"]["mean"]) == std::vector<double>{0, 0, 0});
}

}  // namespace linseed::test
