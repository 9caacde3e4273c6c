// Traps of BatchNorm: the axis of replicas, its groups, and who exchanges.
#include <linseed/tests/traps/support.h>

#include <linseed/framework/autodiff/cond.h>

namespace linseed::test {

TEST_CASE("trap 21: a misspelt axis is not ignored") {
  const Tensor x = wide({2, 3, 2});
  const auto run = [&](const std::string& name) {
    return [&x, name] { evaluate(after_on_replicas(bare(0, name), x)); };
  };
  CHECK_NOTHROW(run("batch")());
  CHECK(fails<InvalidArgument>(run("bacth"), {"\"bacth\"", "\"batch\""}) == "");
  CHECK(fails<InvalidArgument>(
            [&] {
              bare(0, "batch").call({}, wide({3, 2}));
            },
            {"\"batch\""}) == "");
}

TEST_CASE("trap 22: groups of replicas are batch norms of their own, and a partition") {
  const Tensor x = wide({4, 3, 2});
  const auto half = [&](std::int64_t first) {
    return reshape(slice(x, {first, 0, 0}, {first + 2, 3, 2}), {6, 2});
  };
  const auto on = [&](const AxisIndexGroups& groups) {
    return pmap([&](const Tensor& own) { return bare(0, "batch", groups).call({}, own); },
                kBatch)(x);
  };
  const Tensor two = concatenate({bare().call({}, half(0)), bare().call({}, half(2))}, 0);
  CHECK(distance(reshape(on({{0, 1}, {2, 3}}), {12, 2}), two) < 1e-12);
  CHECK(distance(reshape(on({}), {12, 2}), two) > 0.1);
  CHECK(fails<InvalidArgument>([&] { on({{0, 1}, {2}}); }, {"replica 3", "0 groups"}) == "");
  CHECK(fails<InvalidArgument>([&] { on({{0, 1}, {1, 2, 3}}); }, {"replica 1", "2 groups"}) == "");
}

TEST_CASE("trap 23: replicas cannot wait for one that skips the layer, and evaluating never does") {
  const Tensor x = wide({2, 3, 2});
  const auto norm = [](const Tensor& own) { return bare(0, "batch").call({}, own); };
  // One trace serves all: a C++ `if` decides once, for all of them.
  int traces = 0;
  const Tensor y =
      pmap([&](const Tensor& own) { return traces++ == 0 ? norm(own) : own; }, kBatch)(x);
  CHECK(traces == 1);
  CHECK(distance(reshape(y, {6, 2}), bare().call({}, reshape(x, {6, 2}))) < 1e-12);
  // What depends on the replica's values is a cond, and it must agree; an error, no hang.
  const auto skipping = [&](const Tensor& who) {
    return pmap(
        [&](const Tensor& own, const Tensor& takes_part) {
          return cond(
              takes_part, norm, [](const Tensor& t) { return t; }, own);
        },
        kBatch)(x, who);
  };
  const Tensor all_do = vector({1, 1}) > 0.5f, one_skips = vector({1, 0}) > 0.5f;
  CHECK(distance(skipping(all_do), y) < 1e-12);
  CHECK(fails<InvalidArgument>([&] { evaluate(skipping(one_skips)); },
                               {"decide alike", "replica 1"}) == "");
  // Evaluating needs no other replica, not even the axis.
  nn::BatchNorm eval = bare(0, "batch");
  eval.use_running_average = true;
  const Tensor alone = nn::stateful(fresh(2, float64), nn::frozen, [&] {
    return eval.call({}, wide({3, 2}));
  });
  CHECK(distance(alone, wide({3, 2})) < 1e-4);  // 1 / √(1 + ε) beside 1
}

}  // namespace linseed::test
