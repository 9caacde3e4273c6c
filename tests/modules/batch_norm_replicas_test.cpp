// Batch normalisation over replicas: R of them on their shards equal one on the joined batch, in
// results, derivatives and averages.
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/batch_stats.h>

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/pmap.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

const PmapOptions kBatch{.axis_name = "batch"};

/// What one training step gives.
struct Step {
  Tensor y;
  Tensor x_cotangent;
  Tree gradient;  // of scale and bias, summed over replicas
  nn::Collection stats;

  static constexpr auto tree = fields<&Step::y, &Step::x_cotangent, &Step::gradient, &Step::stats>;
};

/// A step of `layer` on x with the cotangent w of y, counting what `mask` says.
Step step(const nn::BatchNorm& layer, const Tree& params, const nn::Collection& stats,
          const Tensor& x, const Tensor& w, const Tensor& mask) {
  nn::Collection after;
  const auto f = [&](const std::pair<Tree, Tensor>& at) {
    auto result = nn::stateful(stats, [&] { return layer.call(at.first, at.second, mask); });
    after = result.second;
    return result.first;
  };
  const auto [y, pullback] = vjp(f, std::pair(params, x));
  const auto [gradient, x_cotangent] = pullback(w);
  return {y, x_cotangent, gradient, after};
}

/// max |a − b| / max |b|; infinite if a is not finite somewhere.
double distance_of(const Tensor& a, const Tensor& b) {
  const auto x = values(a), y = values(b);
  REQUIRE(x.size() == y.size());
  double difference = 0, largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i])) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::abs(x[i] - y[i]));
    largest = std::max(largest, std::abs(y[i]));
  }
  REQUIRE(largest > 0);
  return difference / largest;
}

/// The largest of these over the tensors of a tree.
template <class T>
double distance(const T& a, const T& b) {
  double largest = 0;
  const auto ours = tree::leaves(a), theirs = tree::leaves(b);
  REQUIRE(ours.size() == theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    largest = std::max(largest, distance_of(ours[i], theirs[i]));
  }
  return largest;
}

/// Inputs in one dtype: x, w [n, …, C], parameters that are not 0 and 1, averages under way.
struct Problem {
  DType dtype;
  Tensor x, w;
  Tree params;
  nn::Collection stats;

  Problem(DType type, std::int64_t n, std::int64_t features = 3) : dtype(type) {
    const auto draw = [&](int seed, const Shape& shape) {
      return random::normal(random::key(static_cast<std::uint64_t>(seed)), shape, type);
    };
    x = draw(1, {n, 4, features}) * 2 + 5;
    w = draw(2, {n, 4, features});
    params = Tree{{"scale", draw(3, {features}) + 2}, {"bias", draw(4, {features})}};
    stats = nn::Collection(
        Tree{{"/", Tree{{"mean", draw(5, {features})}, {"var", square(draw(6, {features})) + 1}}}});
  }

  nn::BatchNorm layer() const { return {.momentum = 0.9f, .dtype = dtype}; }
  nn::BatchNorm layer(const AxisIndexGroups& groups) const {
    return {.momentum = 0.9f, .dtype = dtype, .axis_name = "batch", .axis_index_groups = groups};
  }

  /// Rows [first, end) on one replica.
  Step on_one(std::int64_t first, std::int64_t end) const {
    const auto rows = [&](const Tensor& t) { return slice(t, {first, 0, 0}, {end, 4, t.dim(2)}); };
    return step(layer(), params, stats, rows(x), rows(w), {});
  }

  /// Everything on `replicas`: [replicas, …] of each result.
  Step on(int replicas, const AxisIndexGroups& groups = {}) const {
    return pmap([&](const Tensor& a,
                    const Tensor& b) { return step(layer(groups), params, stats, a, b, {}); },
                kBatch)(shard(x, replicas), shard(w, replicas));
  }
};

double tolerance(DType dtype) { return dtype == float32 ? 1e-5 : 1e-12; }  // as the design demands

/// `replicas` [first, end) of a step, joined to one.
Step joined(const Step& all, const std::vector<std::int64_t>& replicas) {
  const Tensor indices = Tensor::from(std::span<const std::int64_t>(replicas),
                                      {static_cast<std::int64_t>(replicas.size())});
  const auto rows = [&](const Tensor& t) {
    const Tensor chosen = take(t, indices, 0);
    return reshape(chosen, {chosen.dim(0) * chosen.dim(1), chosen.dim(2), chosen.dim(3)});
  };
  const auto summed = [&](const Tensor& t) { return sum(take(t, indices, 0), {0}); };
  const auto first = [&](const Tensor& t) { return take(t, Tensor(replicas[0]), 0); };
  // The averages of all must be the same.
  for (const Tensor& average : tree::leaves(all.stats)) {
    for (const std::int64_t replica : replicas) {
      CHECK(values(take(average, Tensor(replica), 0)) == values(first(average)));
    }
  }
  return {rows(all.y), rows(all.x_cotangent), tree::map(summed, all.gradient),
          tree::map(first, all.stats)};
}

std::vector<std::int64_t> up_to(int count) {
  std::vector<std::int64_t> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(i);
  return numbers;
}

void check_equal(const Step& parts, const Step& whole, DType dtype) {
  CHECK(distance(parts.y, whole.y) <= tolerance(dtype));
  CHECK(distance(parts.x_cotangent, whole.x_cotangent) <= tolerance(dtype));
  CHECK(distance(parts.gradient, whole.gradient) <= tolerance(dtype));
  CHECK(distance(parts.stats, whole.stats) <= tolerance(dtype));
}

}  // namespace

TEST_CASE("batch norm over R replicas equals one replica on the joined batch") {
  for (const DType dtype : {float32, float64}) {
    const Problem problem(dtype, 24);
    const Step whole = problem.on_one(0, 24);
    for (const int replicas : {1, 2, 3, 4, 8}) {
      INFO(name(dtype) << ", " << replicas << " replicas");
      check_equal(joined(problem.on(replicas), up_to(replicas)), whole, dtype);
    }
  }
}

TEST_CASE("batch norm over groups of replicas equals one batch norm for each group") {
  for (const DType dtype : {float32, float64}) {
    const Problem problem(dtype, 24);
    const Step pairs = problem.on(4, {{0, 1}, {2, 3}});
    check_equal(joined(pairs, {0, 1}), problem.on_one(0, 12), dtype);
    check_equal(joined(pairs, {2, 3}), problem.on_one(12, 24), dtype);
    const Step unequal = problem.on(4, {{0}, {1, 2, 3}});
    check_equal(joined(unequal, {0}), problem.on_one(0, 6), dtype);
    check_equal(joined(unequal, {1, 2, 3}), problem.on_one(6, 24), dtype);
  }
}

TEST_CASE("padded and empty shards count by their masks") {
  for (const DType dtype : {float32, float64}) {
    for (const auto& counts : {std::pair<int, int>{5, 3}, {2, 0}}) {
      const int first = counts.first, second = counts.second;
      INFO(name(dtype) << ", " << first << " + " << second);
      const int n = first + second;
      const Problem problem(dtype, n);
      const Step whole = problem.on_one(0, n);
      // Two shards of `first` rows; what the second lacks is filled with something.
      const auto padded = [&](const Tensor& t, float filling) {
        const Tensor rest = full({first - second, 4, t.dim(2)}, filling, dtype);
        return shard(concatenate({t, rest}, 0), 2);
      };
      const Tensor mask = shard(concatenate({ones({n}), zeros({first - second})}, 0), 2);
      const Step parts = pmap(
          [&](const Tensor& x, const Tensor& w, const Tensor& m) {
            return step(problem.layer({{0, 1}}), problem.params, problem.stats, x, w, m);
          },
          kBatch)(padded(problem.x, 1e3f), padded(problem.w, 0), mask);
      const auto counted = [&](const Tensor& t) {
        return slice(reshape(t, {2 * first, 4, t.dim(3)}), {0, 0, 0}, {n, 4, t.dim(3)});
      };
      Step joined_parts = joined(parts, {0, 1});
      joined_parts.y = counted(parts.y);
      joined_parts.x_cotangent = counted(parts.x_cotangent);
      check_equal(joined_parts, whole, dtype);
    }
  }
}

TEST_CASE("batches of which nothing counts on any replica leave the averages as they are") {
  const Problem problem(float32, 4);
  const Step parts = pmap(
      [&](const Tensor& x, const Tensor& w) {
        return step(problem.layer({{0, 1}}), problem.params, problem.stats, x, w, zeros({2}));
      },
      kBatch)(shard(problem.x, 2), shard(problem.w, 2));
  CHECK(distance(joined(parts, {0, 1}).stats, problem.stats) == 0);
}

TEST_CASE("sixty-four replicas take a training step with the same bits on one thread and on two") {
  const nn::BatchNorm layer{.axis_name = "batch"};
  const Problem problem(float32, 64 * 32, 16);
  const auto train = [&](const Tree& params, const Tensor& x, const Tensor& w) {
    const auto loss = [&](const Tree& at) {
      auto [y, stats] = nn::stateful(problem.stats, [&] { return layer.call(at, x); });
      return std::pair(mean(square(y - w)), stats);
    };
    const auto [gradient, stats] = grad(loss, has_aux)(params);
    const auto update = [](const Tensor& p, const Tensor& g) {
      return p - 0.1f * pmean(g, "batch");
    };
    return std::pair(tree::map(update, params, gradient), stats);
  };
  const int before = num_threads();
  std::vector<std::vector<double>> results;
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    const auto trained = pmap(train, kBatch)(replicate(problem.params, 64), shard(problem.x, 64),
                                             shard(problem.w, 64));
    results.emplace_back();
    for (const Tensor& tensor : tree::leaves(unreplicate(trained))) {
      for (const double value : values(tensor)) results.back().push_back(value);
    }
  }
  set_num_threads(before);
  CHECK(results[0] == results[1]);
  CHECK(results[0].size() == 4 * 16);
}

TEST_CASE("init needs no axis, inside of pmap or outside") {
  const nn::BatchNorm layer{.axis_name = "batch"};
  const Tensor x = uneven({4, 2});
  const auto outside = nn::stateful([&] { return layer.init(random::key(0), x); });
  const Tensor y = outside.first.output;
  const auto inside = pmap(
      [&](const Tensor& own) {
        auto made = nn::stateful([&] { return layer.init(random::key(0), own); });
        return std::pair(made.first.output, made.second);
      },
      kBatch)(expand_dims(x, 0));
  CHECK(values(inside.first) == values(y));
  CHECK(values(outside.second["/"]["mean"].tensor()) == std::vector<double>{0, 0});
}

TEST_CASE("evaluating with averages of replicas that differ is an error that offers the cure") {
  const Tree params{{"scale", ones({2})}, {"bias", ones({2})}};
  const nn::BatchNorm layer{.use_running_average = true};
  const Tensor x = uneven({2, 3, 2});
  for (const std::string axis : {"batch", ""}) {
    const auto evaluate_with = [&](const nn::Collection& stats) {
      return values(pmap(
          [&](const nn::Collection& own, const Tensor& shard_of_x) {
            return nn::stateful(own, nn::frozen, [&] { return layer.call(params, shard_of_x); });
          },
          {.axis_name = axis})(stats, x));
    };
    const nn::Collection stats(
        Tree{{"/", Tree{{"mean", uneven({2, 2})}, {"var", uneven({2, 2}, 3) + 1}}}});
    CHECK(fails<InvalidArgument>([&] { evaluate_with(stats); },
                                 {"batch_norm", "replica 1", "sync_batch_stats", "; in /"}) == "");
    CHECK_NOTHROW(evaluate_with(nn::sync_batch_stats(stats)));
  }
}

TEST_CASE("averages of replicas are combined by their mean, whichever replica is first") {
  const auto stats = [](std::vector<float> mean, std::vector<float> var) {
    const auto column = [](const std::vector<float>& x) {
      return Tensor::from(std::span<const float>(x), {2, 1});
    };
    return nn::Collection(Tree{{"/", Tree{{"mean", column(mean)}, {"var", column(var)}}}});
  };
  CHECK(fails<InvalidArgument>(
            [&] {
              unreplicate(stats({0, 10}, {1, 3}));
            },
            {"sync_batch_stats"}) == "");
  for (const auto& both : {stats({0, 10}, {1, 3}), stats({10, 0}, {3, 1})}) {
    const nn::Collection one = unreplicate(nn::sync_batch_stats(both));
    CHECK(values(one["/"]["mean"].tensor()) == std::vector<double>{5});
    CHECK(values(one["/"]["var"].tensor()) == std::vector<double>{2});
  }
}

TEST_CASE("one value on each of two replicas is a batch of two") {
  const auto run = [](int replicas, const AxisIndexGroups& groups) {
    const nn::BatchNorm layer{
        .bias = false, .scale = false, .axis_name = "batch", .axis_index_groups = groups};
    return pmap([&](const Tensor& own) { return layer.call({}, own); },
                kBatch)(uneven({replicas, 1, 3}));
  };
  CHECK_NOTHROW(evaluate(run(2, {})));
  CHECK(fails<InvalidArgument>([&] { run(1, {}); }, {"one value"}) == "");
  CHECK(fails<InvalidArgument>([&] { run(3, {{0}, {1, 2}}); }, {"one value"}) == "");
}

TEST_CASE("batch norm of what is the same on all replicas is that of one") {
  const Problem p(float64, 6);
  const Step one = p.on_one(0, 6);
  for (const AxisIndexGroups& groups : {AxisIndexGroups{}, {{0, 2}, {1}}}) {
    const Step all = pmap(
        [&](const Tensor& own) {
          return step(p.layer(groups), p.params, p.stats, p.x, p.w + 0 * own, {});
        },
        kBatch)(zeros({3, 1, 1, 1}, float64));
    for (const std::int64_t replica : {0, 1, 2}) {
      const auto of_replica = [&](const Tensor& t) { return take(t, Tensor(replica), 0); };
      CHECK(distance(of_replica(all.y), one.y) < tolerance(float64));
      CHECK(distance(tree::map(of_replica, all.stats), one.stats) < tolerance(float64));
    }
  }
}

TEST_CASE("batch norm refuses axes that are not open, and groups without an axis") {
  const auto call = [](const nn::BatchNorm& layer) {
    return [=] {
      pmap(
          [&](const Tensor& x) {
            return layer.call(Tree{{"scale", ones({3})}, {"bias", ones({3})}}, x);
          },
          kBatch)(uneven({2, 4, 3}));
    };
  };
  CHECK(fails<InvalidArgument>(call({.axis_name = "bacth"}), {"\"bacth\"", "\"batch\"", "in /"}) ==
        "");
  CHECK(fails<InvalidArgument>(call({.axis_index_groups = {{0, 1}}}),
                               {"axis_index_groups", "axis_name"}) == "");
  CHECK(fails<InvalidArgument>(call({.axis_name = "batch", .axis_index_groups = {{0}}}),
                               {"replica 1", "0 groups"}) == "");
}

}  // namespace linseed::test
