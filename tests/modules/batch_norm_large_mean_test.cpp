// x = 1e4 + 0.1 N(0, 1) in float32, where E[x²] − E[x]² has no digit left: the variance must keep
// its own, however the batch is cut and counted.
#include <linseed/modules/batch_norm.h>

#include <algorithm>
#include <numeric>

#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/statistics.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/pmap.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

struct Mode {
  std::string name;
  bool is_masked;
  std::string axis_name = {};
  AxisIndexGroups groups = {};
};

/// [replicas, examples, 4, 4, 2]. In masked modes the first `counted` examples of each shard count;
/// the others are moved away, so that counting them would show.
struct Data {
  std::int64_t replicas, examples, counted;
  Tensor x, mask;

  Data(const Mode& mode, std::int64_t count)
      : replicas(count),
        examples(64 / count),
        counted(mode.is_masked ? examples * 3 / 4 : examples),
        mask(astype(broadcast_to(arange(examples) < counted, {replicas, examples}), float32)) {
    const Tensor noise = random::normal(random::key(7), {replicas, examples, 4, 4, 2}) * 0.1f;
    x = noise + 1e4f + reshape(1 - mask, {replicas, examples, 1, 1, 1}) * 100;
  }
};

/// The variances [replicas, 2] that batch norm uses on each replica.
Tensor variances(const Mode& mode, const Tensor& x, const Tensor& mask) {
  const nn::BatchNorm layer{.momentum = 0,
                            .bias = false,
                            .scale = false,
                            .axis_name = mode.axis_name,
                            .axis_index_groups = mode.groups};
  const nn::Collection fresh(Tree{{"/", Tree{{"mean", zeros({2})}, {"var", ones({2})}}}});
  const auto on_one = [&](const Tensor& own, const Tensor& own_mask) {
    const Tensor counts = mode.is_masked ? own_mask : Tensor();
    const auto after = nn::stateful(fresh, [&] { return layer.call({}, own, counts); }).second;
    return after["/"]["var"].tensor();
  };
  return pmap(on_one, {.axis_name = "batch"})(x, mask);
}

/// Those that replica r shares its statistics with.
std::vector<std::int64_t> partners(const Mode& mode, int r, std::int64_t replicas) {
  if (mode.axis_name.empty()) return {r};
  for (const std::vector<int>& group : mode.groups) {
    const bool is_own = std::find(group.begin(), group.end(), r) != group.end();
    if (is_own) return {group.begin(), group.end()};
  }
  std::vector<std::int64_t> all(static_cast<std::size_t>(replicas));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

/// The same in float64, from what counts on those replicas.
std::vector<double> expected(const Mode& mode, const Data& data, int r) {
  const std::vector<std::int64_t> together = partners(mode, r, data.replicas);
  const auto count = static_cast<std::int64_t>(together.size());
  const Tensor theirs = take(astype(data.x, float64),
                             Tensor::from(std::span<const std::int64_t>(together), {count}), 0);
  const Tensor counted = slice(theirs, {0, 0, 0, 0, 0}, {count, data.counted, 4, 4, 2});
  return values(var(counted, {0, 1, 2, 3}));
}

void check_mode(const Mode& mode, int replicas) {
  const Data data(mode, replicas);
  const auto compute = [&](const Tensor& x, const Tensor& mask) {
    return variances(mode, x, mask);
  };
  for (const bool is_compiled : {false, true}) {
    INFO(mode.name << ", " << replicas << " replicas" << (is_compiled ? ", under jit" : ""));
    const auto given =
        values(is_compiled ? jit(compute)(data.x, data.mask) : compute(data.x, data.mask));
    REQUIRE(given.size() == static_cast<std::size_t>(2 * replicas));
    for (std::size_t i = 0; i < given.size(); ++i) {
      const auto wide = expected(mode, data, static_cast<int>(i / 2));
      CHECK(given[i] == Approx(wide[i % 2]).epsilon(0.01));  // of the design
    }
  }
}

}  // namespace

TEST_CASE("a large mean does not cost the variance its digits, in any mode") {
  for (const int replicas : {1, 4}) {
    const AxisIndexGroups groups =
        replicas == 1 ? AxisIndexGroups{{0}} : AxisIndexGroups{{0, 2}, {3, 1}};
    check_mode({"plain", false}, replicas);
    check_mode({"mask", true}, replicas);
    check_mode({"axis_name", false, "batch"}, replicas);
    check_mode({"axis_name and mask", true, "batch"}, replicas);
    check_mode({"groups", false, "batch", groups}, replicas);
    check_mode({"groups and mask", true, "batch", groups}, replicas);
  }
}

}  // namespace linseed::test
