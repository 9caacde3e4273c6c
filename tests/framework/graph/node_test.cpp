// Building, evaluating and destroying graphs, small and very large.
#include <linseed/framework/graph/node.h>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/graph/program.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

constexpr int kMillion = 1'000'000;

}  // namespace

TEST_CASE("a chain of a million nodes on a placeholder is built and destroyed") {
  const std::int64_t before = Node::count();
  {
    Tensor y = placeholder({{2}, float32}, "test");
    for (int i = 0; i < kMillion; ++i) y = -y;
    CHECK(Node::count() == before + kMillion + 1);
    CHECK(y.is_traced());
    CHECK(traced_by(y) == "test");
  }
  CHECK(Node::count() == before);
}

TEST_CASE("a chain of a million nodes that each read the last one twice is destroyed") {
  const std::int64_t before = Node::count();
  {
    Tensor y = placeholder({{}, float32}, "test");
    for (int i = 0; i < kMillion; ++i) y = y + y;
  }
  CHECK(Node::count() == before);
}

TEST_CASE("a chain of a million sums evaluates as it goes") {
  Tensor y = Tensor(0);
  const Tensor one = Tensor(1);
  const std::int64_t before = Node::count();
  std::int64_t most = 0;
  for (int i = 0; i < kMillion; ++i) {
    y = y + one;
    most = std::max(most, Node::count());
  }
  CHECK(most - before <= kEvaluationDepth + 2);
  CHECK(y.item<int>() == kMillion);
  CHECK(Node::count() == before);
}

TEST_CASE("a wide graph of a million nodes is evaluated at once and destroyed") {
  const std::int64_t before = Node::count();
  {
    const Tensor x = Tensor(1);
    std::vector<Tensor> level;
    for (int i = 0; i < kMillion / 2; ++i) level.push_back(-x);
    while (level.size() > 1) {
      std::vector<Tensor> next;
      for (std::size_t i = 0; i + 1 < level.size(); i += 2) next.push_back(level[i] + level[i + 1]);
      if (level.size() % 2 == 1) next.push_back(level.back());
      level = std::move(next);
    }
    CHECK(Node::count() == before + kMillion);  // x, and one less sum than leaves
    evaluate(level);
    CHECK(level[0].item<int>() == -kMillion / 2);
    CHECK(Node::count() == before + 2);
  }
  CHECK(Node::count() == before);
}

TEST_CASE("a hundred thousand results are evaluated together") {
  const Tensor x = Tensor(3);
  std::vector<Tensor> results;
  for (int i = 0; i < kMillion / 10; ++i) results.push_back(x * x);
  evaluate(results);
  CHECK(results.back().item<int>() == 9);
}

TEST_CASE("a deep function is compiled by jit") {
  const auto f = jit([](Tensor x) {
    for (int i = 0; i < kMillion / 10; ++i) x = x + 1;
    return x;
  });
  const std::int64_t before = Node::count();
  CHECK(f(vector({0})).item<float>() == kMillion / 10);
  CHECK(Node::count() == before);
}

TEST_CASE("a node remembers how far it is from what is evaluated") {
  const Tensor x = vector({1});
  const Tensor y = x * x;
  const Tensor z = y + x;
  CHECK(y.node()->depth == 0);
  CHECK(z.node()->depth == 1);
  evaluate(y);
  CHECK((y + x).node()->depth == 0);
}

TEST_CASE("applying a primitive to an undefined tensor is an error that says which operand") {
  CHECK_THROWS_WITH(vector({1}) + Tensor(), Catch::Contains("undefined"));
  CHECK_THROWS_AS(exp(Tensor()), InvalidArgument);
  CHECK_THROWS_WITH(negative(Tensor()), Catch::Contains("undefined"));
}

TEST_CASE("a node that could not be typed leaves nothing behind") {
  const Tensor a = vector({1, 2});
  const Tensor b = vector({1, 2, 3});
  const std::int64_t before = Node::count();
  CHECK_THROWS_AS(a + b, InvalidArgument);
  CHECK(Node::count() == before);
}

TEST_CASE("a multi-output node keeps all its values") {
  const auto [count, mean, m2] = moments(Tensor::from({1.F, 3.F}, {2}), {});
  evaluate(mean);
  CHECK(count.is_evaluated());
  CHECK(count.item<float>() == 2);
  CHECK(m2.item<float>() == 2);
}

}  // namespace linseed::test
