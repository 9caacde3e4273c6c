// What replicas exchange.
#include <linseed/framework/ops/collectives.h>

#include <cmath>
#include <functional>
#include <limits>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/graph/axis.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/pmap.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;
using Inputs = std::vector<Tensor>;
using E = InvalidArgument;

const PmapOptions kBatch{.axis_name = "batch"};
const AxisIndexGroups kUnequal{{0, 3}, {1, 2, 4}};

template <class F>
Numbers over(const Tensor& x, F f) {
  return values(pmap(f, kBatch)(x));
}

}  // namespace

TEST_CASE("psum, pmean, pmax and pmin over all replicas") {
  const Tensor x = vector({1, 2, 3, 6});
  CHECK(over(x, [](const Tensor& v) { return psum(v, "batch"); }) == Numbers(4, 12));
  CHECK(over(x, [](const Tensor& v) { return pmean(v, "batch"); }) == Numbers(4, 3));
  CHECK(over(x, [](const Tensor& v) { return pmax(v, "batch"); }) == Numbers(4, 6));
  CHECK(over(x, [](const Tensor& v) { return pmin(v, "batch"); }) == Numbers(4, 1));
}

TEST_CASE("groups exchange among themselves, also unequal ones") {
  const Tensor x = vector({1, 2, 3, 5, 10});
  const auto in = [](auto f) { return [f](const Tensor& v) { return f(v, "batch", kUnequal); }; };
  CHECK(over(x, in([](auto... a) { return psum(a...); })) == Numbers{6, 15, 15, 6, 15});
  CHECK(over(x, in([](auto... a) { return pmean(a...); })) == Numbers{3, 5, 5, 3, 5});
}

TEST_CASE("replicas are added up in a tree, however long their tensors are") {
  for (const std::int64_t size : {1, 255, 256, 257, 700}) {
    INFO(size);
    const Tensor x = uneven({5, size});
    const auto own = [&](std::int64_t r) {
      return reshape(slice(x, {r, 0}, {r + 1, size}), {size});
    };
    const Tensor sums = pmap([](const Tensor& v) { return psum(v, "batch"); }, kBatch)(x);
    const Tensor grouped =
        pmap([](const Tensor& v) { return psum(v, "batch", kUnequal); }, kBatch)(x);
    const auto of = [&](const Tensor& all, std::int64_t r) {
      return bits(reshape(slice(all, {r, 0}, {r + 1, size}), {size}));
    };
    const Tensor all = (own(0) + own(1)) + (own(2) + own(3)) + own(4);
    const Tensor pair = own(0) + own(3), triple = (own(1) + own(2)) + own(4);
    for (std::int64_t r = 0; r < 5; ++r) {
      CHECK(of(sums, r) == bits(all));
      CHECK(of(grouped, r) == bits(r == 0 || r == 3 ? pair : triple));
    }
  }
}

TEST_CASE("extremes are those of the own group") {
  const Tensor x = vector({1, 2, 3, 5});
  const AxisIndexGroups groups{{3, 0}, {1, 2}};
  CHECK(over(x, [&](const Tensor& v) { return pmax(v, "batch", groups); }) == Numbers{5, 3, 3, 5});
  CHECK(over(x, [&](const Tensor& v) { return pmin(v, "batch", groups); }) == Numbers{1, 2, 2, 1});
}

TEST_CASE("integers and bool are reduced as what they are") {
  const Tensor counts = Tensor::from({3, -4, 5}, {3});
  const Tensor sums = pmap([](const Tensor& v) { return psum(v, "batch"); }, kBatch)(counts);
  CHECK(sums.dtype() == int32);
  CHECK(values(sums) == Numbers(3, 4));
  CHECK(over(counts, [](const Tensor& v) { return pmin(v, "batch"); }) == Numbers(3, -4));
  const Tensor positive = counts > 0;
  CHECK(over(positive, [](const Tensor& v) { return psum(v, "batch"); }) == Numbers(3, 2));
  CHECK(over(positive, [](const Tensor& v) { return pmax(v, "batch"); }) == Numbers(3, 1));
  CHECK(over(positive, [](const Tensor& v) { return pmin(v, "batch"); }) == Numbers(3, 0));
  const Tensor means = pmap([](const Tensor& v) { return pmean(v, "batch"); }, kBatch)(counts);
  CHECK(means.dtype() == float32);
}

TEST_CASE("NaN is the maximum, wherever it comes from") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (int place = 0; place < 3; ++place) {
    std::vector<float> x(3, 1);
    x[static_cast<std::size_t>(place)] = nan;
    const auto all = over(Tensor::from(std::span<const float>(x), {3}),
                          [](const Tensor& v) { return pmax(v, "batch"); });
    CHECK(std::isnan(all[0]));
    CHECK(std::isnan(all[2]));
  }
}

TEST_CASE("the mean of large halves does not overflow") {
  const Tensor x = full({8}, 60000.f, float16);
  CHECK(over(x, [](const Tensor& v) { return astype(pmean(v, "batch"), float32); }) ==
        values(astype(x, float32)));
}

TEST_CASE("what does not depend on the replica is multiplied by their number") {
  const Tensor c = vector({1.5});
  const Tensor x = vector({1, 2, 3, 5, 10});
  CHECK(over(x, [&](const Tensor& v) { return v * 0 + psum(c, "batch"); }) == Numbers(5, 7.5));
  CHECK(over(x, [&](const Tensor& v) { return v * 0 + psum(c, "batch", kUnequal); }) ==
        Numbers{3, 4.5, 4.5, 3, 4.5});
  CHECK(over(x, [&](const Tensor& v) { return v * 0 + pmean(c, "batch"); }) == Numbers(5, 1.5));
}

TEST_CASE("all_gather stacks, psum_scatter hands out the sum, all_to_all transposes") {
  const Tensor x = Tensor::from({1.f, 2.f, 3.f, 4.f}, {2, 2});
  CHECK(over(x, [](const Tensor& v) { return all_gather(v, "batch"); }) ==
        Numbers{1, 2, 3, 4, 1, 2, 3, 4});
  CHECK(over(x, [](const Tensor& v) { return psum_scatter(v, "batch"); }) == Numbers{4, 6});
  CHECK(over(x, [](const Tensor& v) { return all_to_all(v, "batch", 0, 0); }) ==
        Numbers{1, 3, 2, 4});
  const Tensor halves = astype(x, bfloat16);
  CHECK(over(halves, [](const Tensor& v) { return astype(all_gather(v, "batch"), float32); }) ==
        Numbers{1, 2, 3, 4, 1, 2, 3, 4});
}

TEST_CASE("all_to_all splits and stacks along any axes") {
  const Tensor x = uneven({2, 3, 2, 4}, 3);  // replica, a, split, b
  const Tensor y = pmap([](const Tensor& v) { return all_to_all(v, "batch", 1, 2); }, kBatch)(x);
  CHECK(y.shape() == Shape{2, 3, 4, 2});
  // y[r, a, b, s] = x[s, a, r, b]
  CHECK(values(y) == values(transpose(x, {2, 1, 3, 0})));
}

TEST_CASE("pieces go round in groups of one size") {
  const Tensor x = vector({1, 2, 3, 4});
  const AxisIndexGroups groups{{3, 0}, {1, 2}};
  CHECK(over(x, [&](const Tensor& v) { return all_gather(v, "batch", groups); }) ==
        Numbers{4, 1, 2, 3, 2, 3, 4, 1});
}

TEST_CASE("ppermute sends along pairs, and broadcast from one to all") {
  const Tensor x = vector({1, 2, 3});
  CHECK(over(x, [](const Tensor& v) {
          return ppermute(v, "batch", {{0, 1}, {1, 2}, {2, 0}});
        }) == Numbers{3, 1, 2});
  CHECK(over(x, [](const Tensor& v) {
          return ppermute(v, "batch", {{2, 0}});
        }) == Numbers{3, 0, 0});
  CHECK(over(x, [](const Tensor& v) { return broadcast(v, "batch", 1); }) == Numbers(3, 2));
}

TEST_CASE("what must be equal is handed on if it is, and stops the run if not") {
  const auto f = [](const Tensor& v) { return require_equal(v, "batch", "weights differ"); };
  CHECK(over(vector({3, 3}), f) == Numbers{3, 3});
  CHECK(fails<E>(
            [&] {
              over(vector({3, 4}), f);
            },
            {"weights differ", "replica 1", "\"batch\""}) == "");
}

TEST_CASE("a replica knows its place, and what it computes from it is its own") {
  const Tensor x = zeros({3});
  CHECK(over(x, [](const Tensor& v) { return v + astype(axis_index("batch") * 10, float32); }) ==
        Numbers{0, 10, 20});
  CHECK(over(x, [](const Tensor& v) { return v + axis_size("batch"); }) == Numbers(3, 3));
}

TEST_CASE("derivatives through each exchange equal differences") {
  // Whatever each replica's results are weighted with, all inputs have their influence on the sum.
  const auto check = [](auto f, const Shape& shape) {
    const auto all = [&](const Inputs& x) {
      return pmap([&](const Tensor& v) { return f(v * v); }, kBatch)(x[0]);
    };
    const Inputs inputs{uneven_weights(shape)};
    CHECK(first_derivative_error(all, inputs).passes());
    CHECK(second_derivative_error(all, inputs).passes());
  };
  check([](const Tensor& v) { return psum(v, "batch"); }, {3, 2});
  check([](const Tensor& v) { return psum(v, "batch", kUnequal); }, {5, 2});
  check([](const Tensor& v) { return pmean(v, "batch", kUnequal); }, {5, 2});
  check([](const Tensor& v) { return all_gather(v, "batch"); }, {3, 2});
  check([](const Tensor& v) { return all_gather(v, "batch", {{0, 2}, {3, 1}}); }, {4, 2});
  check([](const Tensor& v) { return psum_scatter(v, "batch"); }, {3, 3, 2});
  check([](const Tensor& v) { return all_to_all(v, "batch", 1, 0); }, {3, 2, 3});
  check([](const Tensor& v) { return ppermute(v, "batch", {{0, 2}, {1, 0}}); }, {3, 2});
  check([](const Tensor& v) { return broadcast(v, "batch", 1); }, {3, 2});
}

TEST_CASE("an extreme over replicas has no derivative, and says so") {
  const auto f = [](const Tensor& x) {
    return sum(pmap([](const Tensor& v) { return pmax(v, "batch"); }, kBatch)(x));
  };
  CHECK(fails<NotSupported>([&] { grad(f)(ones({2})); }, {"pmax", "stop_gradient"}) == "");
}

TEST_CASE("groups are a partition of the replicas, for all that takes groups") {
  struct Collective {
    std::string who;
    bool takes_unequal;
    std::function<Tensor(const Tensor&, const AxisIndexGroups&)> call;
  };
  const std::vector<Collective> collectives{
      {"psum", true, [](const Tensor& v, const auto& g) { return psum(v, "batch", g); }},
      {"pmean", true, [](const Tensor& v, const auto& g) { return pmean(v, "batch", g); }},
      {"batch_norm", true,
       [](const Tensor& v, const auto& g) {
         const nn::BatchNorm layer{
             .bias = false, .scale = false, .axis_name = "batch", .axis_index_groups = g};
         return layer.call({}, v);
       }},
      {"pmax", false, [](const Tensor& v, const auto& g) { return pmax(v, "batch", g); }},
      {"pmin", false, [](const Tensor& v, const auto& g) { return pmin(v, "batch", g); }},
      {"all_gather", false,
       [](const Tensor& v, const auto& g) { return all_gather(v, "batch", g); }},
      {"psum_scatter", false,
       [](const Tensor& v, const auto& g) { return psum_scatter(v, "batch", g); }},
      {"all_to_all", false,
       [](const Tensor& v, const auto& g) { return all_to_all(v, "batch", 0, 1, g); }},
  };
  const std::vector<std::pair<AxisIndexGroups, std::string>> wrong{
      {{{0, 1}, {2}}, "replica 3 of axis \"batch\" is in 0 groups"},
      {{{0}}, "replica 1 of axis \"batch\" is in 0 groups"},
      {{{0, 1}, {1, 2, 3}}, "replica 1 of axis \"batch\" is in 2 groups"},
      {{{0, 0}, {1, 2, 3}}, "replica 0 of axis \"batch\" is in 2 groups"},
      {{{0, 1}, {2, 4}, {3}}, "name replica 4, but axis \"batch\" has 4"},
      {{{0, 1}, {2, 3, -1}}, "name replica -1, but axis \"batch\" has 4"},
      {{{0, 1, 2, 3}, {}}, "a group is empty"},
      {{{}}, "a group is empty"},
  };
  const Tensor all = uneven({4, 2, 2}), common = uneven({2, 2});
  for (const Collective& collective : collectives) {
    for (const bool is_common : {false, true}) {
      INFO(collective.who << (is_common ? ", common" : ", own"));
      const auto run = [&](const AxisIndexGroups& groups) {
        evaluate(pmap(
            [&](const Tensor& own) { return collective.call(is_common ? common : own, groups); },
            kBatch)(all));
      };
      CHECK_NOTHROW(run({{3, 0}, {1, 2}}));
      for (const auto& mistake : wrong) {
        CHECK(fails<E>([&] { run(mistake.first); }, {collective.who, mistake.second}) == "");
      }
      const auto run_unequal = [&] { run({{0}, {1, 2, 3}}); };
      if (collective.takes_unequal) {
        CHECK_NOTHROW(run_unequal());
      } else {
        CHECK(fails<E>(run_unequal, {collective.who, "different sizes", "BatchNorm"}) == "");
      }
    }
  }
}

TEST_CASE("pieces must fit the number of replicas, and permutations must be such") {
  const auto f = [](auto g) {
    return [g] { pmap([&](const Tensor& v) { return g(v); }, kBatch)(ones({2, 3})); };
  };
  CHECK(fails<E>(f([](const Tensor& v) { return psum_scatter(v, "batch"); }),
                 {"psum_scatter", "[3] float32", "2"}) == "");
  CHECK(fails<E>(f([](const Tensor& v) { return all_to_all(v, "batch", 0, 0); }),
                 {"all_to_all", "[3] float32"}) == "");
  CHECK(fails<E>(f([](const Tensor& v) {
                   return ppermute(v, "batch", {{0, 2}});
                 }),
                 {"ppermute", "(0, 2)"}) == "");
  CHECK(fails<E>(f([](const Tensor& v) {
                   return ppermute(v, "batch", {{0, 1}, {1, 1}});
                 }),
                 {"ppermute", "(1, 1)"}) == "");
  CHECK(fails<E>(f([](const Tensor& v) { return broadcast(v, "batch", 2); }), {"broadcast", "2"}) ==
        "");
  CHECK(fails<E>(f([c = ones({3})](const Tensor&) { return broadcast(c, "batch", -1); }),
                 {"broadcast", "-1"}) == "");
}

TEST_CASE("while parameters are initialised there is one replica, whatever the axis") {
  const SingleReplicaScope scope;
  const Tensor x = vector({1, 2});
  CHECK(values(psum(x, "batch")) == values(x));
  CHECK(values(pmean(x, "batch", kUnequal)) == values(x));
  CHECK(values(all_gather(x, "batch")) == values(x));
  CHECK(axis_size("batch") == 1);
  CHECK(axis_index("batch").item<std::int32_t>() == 0);
}

}  // namespace linseed::test
