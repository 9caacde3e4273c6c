// Batches: what is in them, in which order, and that a run can go on in the middle.
#include <linseed/framework/data/batches.h>

#include <algorithm>
#include <numeric>

#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/plan/jit.h>

namespace linseed::test {
namespace {

using Catch::Matchers::Contains;
using data::Batches;
using data::in_order;
using data::Position;
using Ints = std::vector<std::int32_t>;

struct Examples {
  Tensor inputs;
  Tensor labels;
  static constexpr auto tree = fields<&Examples::inputs, &Examples::labels>;
};

/// Labels 0 … n − 1, and inputs [n, 2] of twice the label.
Examples examples(std::int64_t n) {
  std::vector<float> inputs;
  for (std::int64_t i = 0; i < n; ++i) inputs.insert(inputs.end(), 2, static_cast<float>(2 * i));
  return {Tensor::from(inputs, {n, 2}), arange(n)};
}

/// The labels of all batches, which are checked to come with their inputs.
template <class Range>
Ints labels_of(const Range& batches) {
  Ints result;
  for (const Examples& batch : batches) {
    const auto labels = batch.labels.template data<std::int32_t>();
    const auto inputs = batch.inputs.template data<float>();
    CHECK(batch.inputs.shape() == Shape{batch.labels.dim(0), 2});
    for (std::size_t i = 0; i < labels.size(); ++i) {
      CHECK(inputs[2 * i] == 2.f * static_cast<float>(labels[i]));
      CHECK(inputs[2 * i + 1] == inputs[2 * i]);
      result.push_back(labels[i]);
    }
  }
  return result;
}

Ints sorted(Ints values) {
  std::sort(values.begin(), values.end());
  return values;
}

Ints count_to(int n) {
  Ints result(static_cast<std::size_t>(n));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

}  // namespace

TEST_CASE("an epoch holds every example once, in the order of its key") {
  const Tensor key = random::key(1);
  const Batches batches(examples(40), 8, key);
  CHECK(batches.steps_per_epoch() == 5);
  for (const std::uint32_t epoch : {0u, 1u, 7u}) {
    const Ints labels = labels_of(batches.rest_of_epoch({epoch, 0}));
    CHECK(sorted(labels) == count_to(40));
    const Tensor order = random::permutation(random::fold_in(key, epoch), 40);
    CHECK(std::equal(labels.begin(), labels.end(), order.data<std::int32_t>().begin()));
  }
}

TEST_CASE("the same key gives the same order, another epoch or key another") {
  const auto order = [](std::uint64_t seed, std::int64_t epoch) {
    return labels_of(Batches(examples(40), 8, random::key(seed)).rest_of_epoch({epoch, 0}));
  };
  CHECK(order(1, 0) == order(1, 0));
  CHECK(order(1, 0) != order(1, 1));
  CHECK(order(1, 0) != order(2, 0));
}

TEST_CASE("examples that fill no last batch are left out of an epoch") {
  const Batches batches(examples(43), 8, random::key(1));
  CHECK(batches.steps_per_epoch() == 5);
  const Ints labels = labels_of(batches.rest_of_epoch({}));
  CHECK(labels.size() == 40);
  const Ints distinct = sorted(labels);
  CHECK(std::adjacent_find(distinct.begin(), distinct.end()) == distinct.end());
}

TEST_CASE("a run that goes on from any position sees what it would have seen") {
  const Batches batches(examples(11), 3, random::key(5));
  const auto run_from = [&](Position position, std::vector<Position>* visited) {
    std::vector<Ints> seen;
    while (position.epoch < 3) {
      for (const Examples& batch : batches.rest_of_epoch(position)) {
        const auto labels = batch.labels.data<std::int32_t>();
        seen.emplace_back(labels.begin(), labels.end());
        if (visited != nullptr) visited->push_back(position);
        position = batches.next(position);
      }
    }
    return seen;
  };
  std::vector<Position> visited;
  const auto whole = run_from({}, &visited);
  REQUIRE(whole.size() == 9);
  CHECK(visited[4] == Position{1, 1});
  for (std::size_t i = 0; i < visited.size(); ++i) {
    const std::vector<Ints> rest(whole.begin() + static_cast<std::ptrdiff_t>(i), whole.end());
    CHECK(run_from(visited[i], nullptr) == rest);
  }
}

TEST_CASE("a position survives being taken apart into tensors and put together") {
  const Position position{3, 117};
  const auto leaves = tree::named_leaves(position);
  REQUIRE(leaves.size() == 2);
  CHECK(leaves[0].path() == "epoch");
  CHECK(leaves[1].path() == "step");
  CHECK(tree::with_leaves(Position{}, tree::leaves(position)) == position);
}

TEST_CASE("batches in order end with what is left over") {
  const auto pass = in_order(examples(10), 4);
  CHECK(pass.size() == 3);
  CHECK(labels_of(pass) == count_to(10));
  std::vector<std::int64_t> sizes;
  for (const Examples& batch : pass) sizes.push_back(batch.labels.dim(0));
  CHECK(sizes == std::vector<std::int64_t>{4, 4, 2});

  CHECK(labels_of(in_order(examples(8), 4)).size() == 8);
  CHECK(labels_of(in_order(examples(3), 4)) == count_to(3));
  CHECK(in_order(examples(0), 4).size() == 0);
}

TEST_CASE("examples may be any tree of tensors") {
  for (const Tensor& batch : in_order(arange(4), 2)) CHECK(batch.shape() == Shape{2});
  const std::pair pair(arange(4), reshape(arange(12), {4, 3}));
  for (const auto& batch : in_order(pair, 4)) CHECK(batch.second.shape() == Shape{4, 3});
}

TEST_CASE("a batch size that cannot be is refused with the numbers") {
  const Tensor key = random::key(0);
  CHECK_THROWS_AS(Batches(examples(5), 6, key), InvalidArgument);
  CHECK_THROWS_WITH(Batches(examples(5), 6, key), Contains("batch of 6") && Contains("5 examples"));
  CHECK_THROWS_WITH(Batches(examples(5), 0, key), Contains("at least 1, got 0"));
  CHECK_THROWS_WITH(in_order(examples(5), -1), Contains("at least 1, got -1"));
}

TEST_CASE("examples of different numbers are refused by name") {
  const Examples unequal{zeros({4, 2}), arange(5)};
  CHECK_THROWS_AS(in_order(unequal, 2), InvalidArgument);
  CHECK_THROWS_WITH(in_order(unequal, 2),
                    Contains("'inputs' holds 4 examples, but 'labels' holds 5"));
  CHECK_THROWS_WITH(in_order(zeros({}), 2), Contains("scalar"));
}

TEST_CASE("a position cannot be an argument of jit, and the error says so") {
  const auto f = jit([](const Position&, const Tensor& x) { return x; });
  CHECK_THROWS_WITH(f(Position{1, 2}, Tensor(1.F)), Contains("Position") && Contains("jit"));
}

TEST_CASE("a position that no epoch has is refused") {
  const Batches batches(examples(10), 4, random::key(0));
  CHECK_THROWS_AS(batches.rest_of_epoch({0, 2}), InvalidArgument);
  CHECK_THROWS_WITH(batches.rest_of_epoch({1, 7}),
                    Contains("step 7 of epoch 1") && Contains("2 steps of 4 examples"));
  CHECK_THROWS_AS(batches.rest_of_epoch({-1, 0}), InvalidArgument);
}

TEST_CASE("gathered rows follow one another, and rows that are not there are refused") {
  const Tensor x = reshape(arange(6), {3, 2});
  const Tensor rows = Tensor::from<std::int32_t>({2, 0, 2}, {3});
  const Tensor gathered = data::gather_rows(x, rows);
  CHECK(gathered.shape() == Shape{3, 2});
  const auto values = gathered.data<std::int32_t>();
  CHECK(Ints(values.begin(), values.end()) == Ints{4, 5, 0, 1, 4, 5});
  CHECK_THROWS_AS(data::gather_rows(x, Tensor::from<std::int32_t>({3}, {1})), InvalidArgument);
  CHECK_THROWS_AS(data::gather_rows(x, Tensor::from<std::int32_t>({-1}, {1})), InvalidArgument);
}

}  // namespace linseed::test
