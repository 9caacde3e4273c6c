#include <catch2/catch.hpp>

#include <linseed/framework/plan/jit.h>
#include <linseed/optim/ema.h>
#include <linseed/optim/momentum.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
using namespace linseed::optim;

TEST_CASE("an average moves towards the parameters, name by name") {
  const Tree average{{"a", vector({0, 8})}, {"b", vector({1})}};
  const Tree params{{"b", vector({1})}, {"a", vector({4, 0})}};
  const Tree next = ema(average, params, 0.75);
  CHECK(values(next["a"]) == std::vector<double>{1, 6});
  CHECK(values(next["b"]) == std::vector<double>{1});
}

TEST_CASE("over many steps the average is the weighted sum of the parameters") {
  Tensor average = astype(vector({1}), float64);
  double expected = 1;
  for (int i = 0; i < 20; ++i) {
    average = ema(average, Tensor::from({i * 0.5}, {1}), 0.9);
    expected = 0.9 * expected + 0.1 * (i * 0.5);
  }
  CHECK(values(average)[0] == Approx(expected).epsilon(1e-13));
}

TEST_CASE("an average in float32 follows parameters in half precision") {
  const Tensor params = astype(vector({1}), bfloat16);
  Tensor average = vector({0.5f});
  for (int i = 0; i < 100; ++i) average = ema(average, params, 0.999);
  CHECK(average.dtype() == float32);
  CHECK(values(average)[0] == Approx(1 - 0.5 * std::pow(0.999, 100)).epsilon(1e-5));
}

TEST_CASE("what is not floating is taken over") {
  const Tree next = ema(Tree{{"count", Tensor(3)}}, Tree{{"count", Tensor(7)}}, 0.9);
  CHECK(next["count"].tensor().item<std::int32_t>() == 7);
}

TEST_CASE("an average runs under jit, its decay a tensor that may change") {
  const auto compiled = jit([](Tensor a, Tensor p, Tensor decay) { return ema(a, p, decay); });
  for (const float decay : {0.5f, 0.9f}) {
    CHECK(bits(compiled(uneven({5}), uneven({5}, 2), Tensor(decay))) ==
          bits(ema(uneven({5}), uneven({5}, 2), Tensor(decay))));
  }
  CHECK(compiled.trace_count() == 1);
}

TEST_CASE("an average that begins as the parameters goes with them through a compiled step") {
  // At first both are the same tensors: no step may write over one while the other is read.
  const auto step = [](auto optimizer, Tree average, Tree gradient) {
    optimizer = optimizer.apply_gradient(gradient);
    average = ema(average, optimizer.target, 0.75);
    return std::pair(optimizer, average);
  };
  const Tree params{{"w", uneven({64})}, {"b", uneven({3}, 2)}};
  const auto start = Momentum{.learning_rate = 0.5f}.create(params);
  const auto compiled = jit(step);
  auto fast = std::pair(start, params);
  auto slow = fast;
  for (int i = 0; i < 3; ++i) {
    const Tree gradient{{"w", uneven({64}, 3)}, {"b", uneven({3}, 4)}};
    fast = compiled(std::move(fast.first), std::move(fast.second), gradient);
    slow = step(slow.first, slow.second, gradient);
  }
  for (const char* name : {"w", "b"}) {
    CHECK(bits(fast.first.target[name]) == bits(slow.first.target[name]));
    CHECK(bits(fast.second[name]) == bits(slow.second[name]));
  }
  CHECK(values(params["w"]) == values(uneven({64})));
  CHECK(compiled.trace_count() == 1);
}

TEST_CASE("an average refuses a decay outside of [0, 1], and other names and shapes") {
  const Tree params{{"a", vector({1})}};
  CHECK(fails<InvalidArgument>([&] { ema(params, params, 1.5); }, {"decay 1.5"}) == "");
  CHECK(fails<InvalidArgument>(
            [&] {
              ema(params, Tree{{"b", vector({1})}}, 0.5);
            },
            {"missing: a", "unexpected: b"}) == "");
  CHECK(fails<InvalidArgument>(
            [&] {
              ema(params, Tree{{"a", vector({1, 2})}}, 0.5);
            },
            {"[1]", "[2]"}) == "");
}
