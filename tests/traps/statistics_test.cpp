// Traps of BatchNorm: the mean and variance of a batch.
#include <linseed/tests/traps/support.h>

#include <cmath>
#include <limits>

namespace linseed::test {
namespace {

// The variance as it should not be computed.
Tensor difference_of_means(const Tensor& x) { return mean(square(x), {0}) - square(mean(x, {0})); }

Tensor far_from_zero() { return random::normal(random::key(1), {4096, 1}) * 0.1f + 1e4f; }

nn::BatchNorm in_float32(const std::string& axis_name = {}) {
  nn::BatchNorm layer = bare(0, axis_name);
  layer.dtype = float32;
  return layer;
}

}  // namespace

TEST_CASE("trap 01: E[x²] − E[x]² cancels where the mean is large") {
  const Tensor x = far_from_zero();
  const double truth = values(difference_of_means(astype(x, float64)))[0];
  CHECK(std::abs(values(difference_of_means(x))[0] - truth) > 0.5 * truth);
  CHECK(var_of(after(in_float32(), x))[0] == Approx(truth).epsilon(0.02));
}

TEST_CASE("trap 02: the same over replicas") {
  const Tensor x = far_from_zero();
  const double truth = values(difference_of_means(astype(x, float64)))[0];
  const auto shards = shard(x, 4);
  const Tensor wrong = pmap(
      [](const Tensor& own) {
        return pmean(mean(square(own), {0}), "batch") - square(pmean(mean(own, {0}), "batch"));
      },
      kBatch)(shards);
  CHECK(std::abs(values(wrong)[0] - truth) > 0.5 * truth);
  for (const double var : var_of(after_on_replicas(in_float32("batch"), shards))) {
    CHECK(var == Approx(truth).epsilon(0.02));
  }
}

TEST_CASE("trap 03: the mean of variances is not the variance of the union") {
  const Tensor x = Tensor::from({0.0, 0.0, 10.0, 10.0}, {2, 2, 1});
  // Apart, each has variance 0, whose mean is 0.
  CHECK(var_of(after_on_replicas(bare(), x)) == std::vector<double>{0, 0});
  CHECK(var_of(after_on_replicas(bare(0, "batch"), x)) == std::vector<double>{25, 25});
}

TEST_CASE("trap 04: shards of 5 and 3 equal one batch of 8") {
  const Tensor x = wide({8, 1}) + 3, w = wide({8, 1}, 2);
  const auto padded = [](const Tensor& t) {
    return shard(concatenate({t, zeros({2, 1}, float64)}, 0), 2);
  };
  const Tensor mask = shard(concatenate({ones({8}), zeros({2})}, 0), 2);
  const auto run = [](const nn::BatchNorm& layer) {
    return [&layer](const Tensor& own, const Tensor& weights, const Tensor& counts) {
      const auto y_of = [&](const Tensor& at) { return layer.call({}, at, counts); };
      const auto loss = [&](const Tensor& at) { return sum(y_of(at) * weights); };
      return std::tuple(y_of(own), grad(loss)(own), after(layer, own, counts));
    };
  };
  const nn::BatchNorm joint = bare(0, "batch"), alone = bare();
  const auto [y, dx, stats] = pmap(run(joint), kBatch)(padded(x), padded(w), mask);
  const auto [whole_y, whole_dx, whole] = run(alone)(x, w, ones({8}));
  const auto counted = [](const Tensor& t) { return slice(reshape(t, {10, 1}), {0, 0}, {8, 1}); };
  CHECK(distance(counted(y), whole_y) < 1e-12);
  CHECK(distance(counted(dx), whole_dx) < 1e-12);
  CHECK(mean_of(stats)[0] == Approx(mean_of(whole)[0]).epsilon(1e-12));
  CHECK(var_of(stats)[1] == Approx(var_of(whole)[0]).epsilon(1e-12));
  // Both shards weighted alike would give another mean.
  const double equal =
      values((mean(slice(x, {0, 0}, {5, 1})) + mean(slice(x, {5, 0}, {8, 1}))) / 2)[0];
  CHECK(std::abs(equal - mean_of(whole)[0]) > 1e-3);
}

TEST_CASE("trap 12: the stored variance is biased, as in flax.nn") {
  const double var = var_of(after(bare(0.9f), column({1, 2, 3, 4})))[0];
  CHECK(var == Approx(1.025).epsilon(1e-6));  // momentum is a float32
  CHECK(std::abs(var - (0.9 + 0.1 * 5 / 3)) > 0.04);
}

TEST_CASE("trap 13: one value for each feature has no variance, by the group's count") {
  const nn::BatchNorm alone{.axis = 1, .bias = false, .scale = false};
  CHECK(fails<InvalidArgument>(
            [&] {
              alone.call({}, uneven({1, 3, 1, 1}));
            },
            {"one value per feature", "[1,3,1,1]", "larger batch"}) == "");
  CHECK_NOTHROW(alone.init(random::key(0), uneven({1, 3, 1, 1})));
  nn::BatchNorm joint = alone;
  joint.axis_name = "batch";
  const Tensor x = uneven({2, 1, 3, 1, 1});
  const Tensor y = pmap([&](const Tensor& own) { return joint.call({}, own); }, kBatch)(x);
  CHECK(distance(reshape(y, {2, 3, 1, 1}), alone.call({}, reshape(x, {2, 3, 1, 1}))) < 1e-6);
  joint.axis_index_groups = {{0}, {1}};
  CHECK(fails<InvalidArgument>(
            [&] { pmap([&](const Tensor& own) { return joint.call({}, own); }, kBatch)(x); },
            {"one value"}) == "");
}

TEST_CASE("trap 14: an empty shard joins the exchange and counts nothing") {
  const Tensor rows = wide({2, 2}), junk = full({2, 2}, 1e3, float64), w = wide({2, 2}, 4);
  const auto run = [&](bool empty_first) {
    const auto both = [&](const Tensor& full_shard, const Tensor& empty) {
      return shard(
          concatenate(empty_first ? std::vector{empty, full_shard} : std::vector{full_shard, empty},
                      0),
          2);
    };
    const auto [y, dx] = pmap(
        [](const Tensor& x, const Tensor& weights, const Tensor& mask) {
          const auto y_of = [&](const Tensor& at) { return bare(0, "batch").call({}, at, mask); };
          const auto loss = [&](const Tensor& at) { return sum(y_of(at) * weights); };
          return std::pair(y_of(x), grad(loss)(x));
        },
        kBatch)(both(rows, junk), both(w, zeros({2, 2}, float64)), both(ones({2}), zeros({2})));
    const std::int64_t place = empty_first ? 1 : 0;
    const auto counted = [&](const Tensor& t) {
      return reshape(slice(t, {place, 0, 0}, {place + 1, 2, 2}), {2, 2});
    };
    return std::pair(counted(y), counted(dx));
  };
  const auto last = run(false), first = run(true);
  CHECK(distance(first.first, last.first) < 1e-12);
  CHECK(distance(first.second, last.second) < 1e-12);
  CHECK(distance(last.first, bare().call({}, rows)) < 1e-12);
  const Tensor alone = grad([&](const Tensor& at) { return sum(bare().call({}, at) * w); })(rows);
  CHECK(distance(last.second, alone) < 1e-12);
}

TEST_CASE("trap 27: a million large numbers do not spoil their sum") {
  const Tensor x = random::uniform(random::key(3), {1'000'000, 1}, float32, 1000, 2000);
  float running = 0;  // one number after the other
  for (const float number : x.data<float>()) running += number;
  const double truth = values(mean(astype(x, float64)))[0];
  CHECK(std::abs(static_cast<double>(running) / 1e6 - truth) > 1e-5 * truth);
  const nn::Collection stats = after(in_float32(), x);
  CHECK(mean_of(stats)[0] == Approx(truth).epsilon(1e-6));
  const double var = values(mean(square(astype(x, float64) - truth)))[0];
  CHECK(var_of(stats)[0] == Approx(var).epsilon(1e-5));
  // A sum of these in float16 is infinite: its largest number is 65504.
  const Tensor half = astype(slice(x, {0, 0}, {1024, 1}), float16);
  CHECK(var_of(after(in_float32(), half))[0] ==
        Approx(values(mean(square(astype(half, float64) - mean(astype(half, float64)))))[0])
            .epsilon(1e-4));
}

TEST_CASE("trap 29: padded rows do not count under a mask") {
  const Tensor padded = column({1, 2, 3, 0, 0}), mask = vector({1, 1, 1, 0, 0});
  CHECK(mean_of(after(bare(), padded))[0] == Approx(1.2));
  const nn::Collection masked = after(bare(), padded, mask);
  const nn::Collection dropped = after(bare(), column({1, 2, 3}));
  CHECK(mean_of(masked)[0] == Approx(mean_of(dropped)[0]).epsilon(1e-12));
  CHECK(var_of(masked)[0] == Approx(var_of(dropped)[0]).epsilon(1e-12));
}

TEST_CASE("trap 30: micro-batches are not one large batch") {
  const Tensor x = column({0, 2, 10, 14});
  const Tensor parts = concatenate(
      {bare().call({}, slice(x, {0, 0}, {2, 1})), bare().call({}, slice(x, {2, 0}, {4, 1}))}, 0);
  CHECK(distance(parts, bare().call({}, x)) > 0.3);
  // What does equal it are replicas with an axis.
  const Tensor joint =
      pmap([](const Tensor& own) { return bare(0, "batch").call({}, own); }, kBatch)(shard(x, 2));
  CHECK(distance(reshape(joint, {4, 1}), bare().call({}, x)) < 1e-12);
}

}  // namespace linseed::test
