// scan, map, cond and while_loop: values, derivatives, and what they refuse.
#include <catch2/catch.hpp>

#include <array>
#include <set>

#include <linseed/framework/autodiff/cond.h>
#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/kernels/control_flow.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/samples.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Tensors = std::vector<Tensor>;

/// h' = tanh(W h + x), y = h'²: a recurrent network.
auto recurrent(const Tensor& w) {
  return [w](const Tensor& h, const Tensor& x) {
    const Tensor next = tanh(matmul(w, h) + x);
    return std::pair(next, next * next);
  };
}

/// The same by a C++ loop.
std::pair<Tensor, Tensor> unrolled(const Tensor& w, Tensor h, const Tensor& xs, bool reverse) {
  const std::int64_t length = xs.dim(0);
  Tensors ys(static_cast<std::size_t>(length));
  for (std::int64_t run = 0; run < length; ++run) {
    const std::int64_t i = reverse ? length - 1 - run : run;
    const Tensor x = reshape(slice(xs, {i, 0}, {i + 1, xs.dim(1)}), {xs.dim(1)});
    Tensor y;
    std::tie(h, y) = recurrent(w)(h, x);
    ys[static_cast<std::size_t>(i)] = expand_dims(y, 0);
  }
  return {h, concatenate(ys, 0)};
}

const Tensor kWeights = spread_values({3, 3}, -1, 1);
const Tensor kStart = spread_values({3}, -1, 1, 2);
const Tensor kInputs = spread_values({4, 3}, -1, 1, 3);

/// A scan over all its inputs, as one vector.
Tensor scanned(const Tensors& x) {
  const auto [h, ys] = scan(recurrent(x[0]), x[1], x[2]);
  return concatenate({h, reshape(ys, {-1})}, 0);
}

using Count = std::array<int, 2>;

/// How many scans x is made of, and how many of them return all their carries for a derivative.
Count count_scans(const Tensor& x) {
  Count count{};
  std::set<const Node*> seen;
  std::vector<const Node*> next{x.node().get()};
  while (!next.empty()) {
    const Node* const node = next.back();
    next.pop_back();
    if (!seen.insert(node).second) continue;
    for (const Tensor& input : node->inputs) next.push_back(input.node().get());
    if (node->primitive == nullptr || node->primitive->name != "scan") continue;
    ++count[0];
    if (node->attributes.as<kernels::ScanAttributes>().keeps_carries) ++count[1];
  }
  return count;
}

}  // namespace

TEST_CASE("a scan gives the bits of the loop written out, in either direction") {
  for (const bool reverse : {false, true}) {
    const auto [h, ys] = scan(recurrent(kWeights), kStart, kInputs, {.reverse = reverse});
    const auto [expected_h, expected_ys] = unrolled(kWeights, kStart, kInputs, reverse);
    CHECK(bits(h) == bits(expected_h));
    CHECK(bits(ys) == bits(expected_ys));
  }
}

TEST_CASE("a scan's derivatives equal those of the loop written out") {
  const auto loss = [](const auto& loop) {
    return [loop](const Tensors& x) {
      const auto [h, ys] = loop(x);
      return sum(h * uneven_weights({3}, 1)) + sum(ys * uneven_weights({4, 3}, 2));
    };
  };
  const Tensors inputs{kWeights, kStart, kInputs};
  for (const bool reverse : {false, true}) {
    const auto by_scan = grad(loss([reverse](const Tensors& x) {
      return scan(recurrent(x[0]), x[1], x[2], {.reverse = reverse});
    }))(inputs);
    const auto by_hand = grad(
        loss([reverse](const Tensors& x) { return unrolled(x[0], x[1], x[2], reverse); }))(inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CHECK_THAT(values(by_scan[i]), Catch::Approx(values(by_hand[i])).margin(1e-14));
    }
  }
}

TEST_CASE("a scan's first and second derivatives equal differences") {
  const Tensors inputs{kWeights, kStart, kInputs};
  CHECK(first_derivative_error(scanned, inputs).passes());
  CHECK(second_derivative_error(scanned, inputs).passes());
}

TEST_CASE("a scan keeps its carries only where a derivative will ask for them") {
  const auto last = [](const Tensor& start) {
    return scan(recurrent(kWeights), start, kInputs).first;
  };
  CHECK(count_scans(last(kStart)) == Count{1, 0});
  // The loop back asks for those of the loop.
  CHECK(count_scans(grad([&](const Tensor& h) { return sum(last(h)); })(kStart)) == Count{2, 1});
  // The loop that moves tangents asks for those of both, and nobody for its own.
  CHECK(count_scans(jvp(last, kStart, kStart).second) == Count{3, 2});
}

TEST_CASE("a scan without sequences counts, and carries what is not floating") {
  using Carry = std::pair<Tensor, Tensor>;  // a counter, a power
  const auto powers = [](const Tensor& base) {
    return scan(
        [&](const Carry& carry, std::tuple<>) {
          return std::pair(Carry(carry.first + 1, carry.second * base), carry.first);
        },
        Carry(Tensor(0), Tensor(1.0)), std::tuple<>{}, {.length = 5});
  };
  const auto [last, counted] = powers(Tensor(2.0));
  CHECK(last.first.item<int>() == 5);
  CHECK(last.second.item<double>() == 32);
  CHECK(values(counted) == std::vector<double>{0, 1, 2, 3, 4});
  const auto slope = grad([&](const Tensor& base) { return powers(base).first.second; });
  CHECK(slope(Tensor(2.0)).item<double>() == 80);
  CHECK(grad(slope)(Tensor(2.0)).item<double>() == 160);
}

TEST_CASE("a scan over nothing hands its carry through") {
  const auto [h, ys] = scan(recurrent(kWeights), kStart, zeros({0, 3}, float64));
  CHECK(bits(h) == bits(kStart));
  CHECK(ys.shape() == Shape{0, 3});
  const auto slope = grad([](const Tensor& start) {
    return sum(scan(recurrent(kWeights), start, zeros({0, 3}, float64)).first);
  })(kStart);
  CHECK(values(slope) == std::vector<double>{1, 1, 1});
}

TEST_CASE("a carry that is handed through, twice or swapped, is not overwritten") {
  using Carry = std::pair<Tensor, Tensor>;
  const auto swap = [](const Carry& c, const Tensor& x) {
    return std::pair(Carry(c.second, c.first), std::pair(c.first, x));
  };
  const auto [last, seen] = scan(swap, Carry(vector({1}), vector({2})), arange(5));
  CHECK(values(last.first) == std::vector<double>{2});
  CHECK(values(last.second) == std::vector<double>{1});
  CHECK(values(seen.first) == std::vector<double>{1, 2, 1, 2, 1});
  CHECK(values(seen.second) == std::vector<double>{0, 1, 2, 3, 4});
  const auto same = [](const Carry& c, const Tensor&) {
    return std::pair(Carry(c.second, c.second), c.second);
  };
  CHECK(values(scan(same, Carry(vector({1}), vector({2})), arange(3)).first.first) ==
        std::vector<double>{2});
}

TEST_CASE("a loop inside of a loop, and a choice inside of that") {
  const auto f = [](const Tensors& x) {
    return scan(
        [&](const Tensor& total, const Tensor& row) {
          const auto inner = scan(
              [&](const Tensor& c, const Tensor& v) {
                const Tensor next = cond(
                    v > 0, [&] { return c * x[1] + v; }, [&] { return sin(c) * v; });
                return std::pair(next, std::tuple<>{});
              },
              total, row);
          return std::pair(inner.first, inner.first * 2);
        },
        x[2], x[0]);
  };
  const auto joined = [&](const Tensors& x) {
    const auto [last, all] = f(x);
    return concatenate({reshape(last, {1}), all}, 0);
  };
  const Tensors inputs{spread_values({2, 3}, -1, 1), Tensor(0.7), Tensor(0.3)};
  CHECK(first_derivative_error(joined, inputs).passes());
  CHECK(second_derivative_error(joined, inputs).passes());
}

TEST_CASE("a compiled scan gives the bits of one run at once, and of its derivative") {
  const auto loss = [](const Tensors& x) { return sum(scanned(x) * uneven_weights({15})); };
  const Tensors inputs{kWeights, kStart, kInputs};
  const auto compiled = jit(grad(loss));
  const auto once = grad(loss)(inputs);
  const auto again = compiled(inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) CHECK(bits(once[i]) == bits(again[i]));
  compiled(inputs);
  CHECK(compiled.trace_count() == 1);
}

TEST_CASE("map applies a function to each entry, and its derivative equals differences") {
  const auto f = [](const Tensors& x) {
    return map([&](const Tensor& row) { return sum(row * x[1]) * row; }, x[0]);
  };
  const Tensors inputs{spread_values({4, 3}, -1, 1), spread_values({3}, -1, 1, 2)};
  CHECK(first_derivative_error(f, inputs).passes());
  CHECK(second_derivative_error(f, inputs).passes());
  const Tensor squares = map([](const Tensor& i) { return i * i; }, arange(4));
  CHECK(values(squares) == std::vector<double>{0, 1, 4, 9});
}

TEST_CASE("a choice runs one of its branches, and its derivative equals differences") {
  const auto f = [](const Tensor& predicate) {
    return [predicate](const Tensors& x) {
      return cond(
          predicate, [&](const Tensor& v) { return sin(v) * x[1]; },
          [](const Tensor& v) { return v * v * v; }, x[0]);
    };
  };
  const Tensors inputs{spread_values({3}, -1, 1), spread_values({3}, -1, 1, 2)};
  for (const bool chosen : {true, false}) {
    const auto branch = f(Tensor(chosen));
    CHECK(first_derivative_error(branch, inputs).passes());
    CHECK(second_derivative_error(branch, inputs).passes());
    CHECK(bits(branch(inputs)) ==
          bits(chosen ? sin(inputs[0]) * inputs[1] : inputs[0] * inputs[0] * inputs[0]));
  }
  // What only the other branch uses has cotangent 0.
  const auto gradients = grad([&](const Tensors& x) { return sum(f(Tensor(false))(x)); })(inputs);
  CHECK(values(gradients[1]) == std::vector<double>{0, 0, 0});
}

TEST_CASE("a choice without operands, in a compiled function, decides at each call") {
  const auto absolute = jit([](const Tensor& x) {
    return cond(
        x < 0, [&] { return -x; }, [&] { return x; });
  });
  CHECK(absolute(Tensor(-2.F)).item<float>() == 2);
  CHECK(absolute(Tensor(3.F)).item<float>() == 3);
  CHECK(absolute.trace_count() == 1);
}

TEST_CASE("a while loop runs as long as its condition holds") {
  using Carry = std::pair<Tensor, Tensor>;
  const Tensor limit = Tensor(100);
  const auto [power, steps] = while_loop(
      [&](const Carry& c) { return c.first < limit; },
      [](const Carry& c) { return Carry(c.first * 3, c.second + 1); }, Carry(Tensor(1), Tensor(0)));
  CHECK(power.item<int>() == 243);
  CHECK(steps.item<int>() == 5);
  const Tensor never = while_loop([](const Tensor& x) { return x < 0; },
                                  [](const Tensor& x) { return x + 1; }, Tensor(7));
  CHECK(never.item<int>() == 7);
}

TEST_CASE("a while loop whose start does not matter to the derivative may stand beside it") {
  const auto f = [](const Tensor& x) {
    const Tensor n = while_loop([](const Tensor& i) { return i < 5; },
                                [](const Tensor& i) { return i + 1; }, Tensor(0));
    return x * astype(n, float64);
  };
  CHECK(grad(f)(Tensor(2.0)).item<double>() == 5);
  const auto through = [](const Tensor& x) {
    return while_loop([](const Tensor& v) { return v < 5; }, [](const Tensor& v) { return v * 2; },
                      x);
  };
  CHECK_THROWS_WITH(grad(through)(Tensor(1.0)), Catch::Contains("use scan"));
}

TEST_CASE("random numbers inside of a scan come from the key it carries") {
  const auto draw = [](const Tensor& key, std::tuple<>) {
    const Tensor keys = random::split(key);
    const auto row = [&](std::int64_t i) { return reshape(slice(keys, {i, 0}, {i + 1, 2}), {2}); };
    return std::pair(row(0), random::uniform(row(1), {2}));
  };
  const auto [key, drawn] = scan(draw, random::key(1), std::tuple<>{}, {.length = 3});
  Tensor expected_key = random::key(1);
  Tensors expected;
  for (int i = 0; i < 3; ++i) {
    const auto [next, numbers] = draw(expected_key, {});
    expected_key = next;
    expected.push_back(expand_dims(numbers, 0));
  }
  CHECK(bits(key) == bits(expected_key));
  CHECK(bits(drawn) == bits(concatenate(expected, 0)));
}

TEST_CASE("halves go through loops, choices and their derivatives as they are") {
  const Tensor w = Tensor::from({0.5F, -1.5F}, {2});
  const auto f = [](const Tensor& x) {
    const auto result =
        scan([](const Tensor& c, const Tensor& v) { return std::pair(tanh(c * v), c); }, x,
             ones({3, 2}, x.dtype()));
    const Tensor &last = result.first, &all = result.second;
    return cond(
        sum(last) > 5, [&] { return last; }, [&] { return last * sum(all, {0}); });
  };
  const Tensor half = f(astype(w, bfloat16));
  CHECK(half.dtype() == bfloat16);
  const Tensor slope = grad([&](const Tensor& x) { return sum(f(x)); })(astype(w, bfloat16));
  CHECK(slope.dtype() == bfloat16);
  const Tensor wide = grad([&](const Tensor& x) { return sum(f(x)); })(w);
  // A dozen roundings to 8 bits on the way.
  CHECK_THAT(values(slope), Catch::Approx(values(wide)).epsilon(0.05));
}

TEST_CASE("loops refuse what cannot work, and say what would") {
  const auto next = [](const Tensor& c, const Tensor& x) { return std::pair(c + x, c); };
  CHECK_THROWS_WITH(scan(next, Tensor(0), arange(3) * 1.5F),
                    Catch::Contains("enters a run as [] int32 and leaves it as [] float32"));
  CHECK_THROWS_WITH(scan(next, Tensor(0), Tensor(1)), Catch::Contains("first dimension"));
  CHECK_THROWS_WITH(scan(next, Tensor(0), Tensor()), Catch::Contains("undefined"));
  CHECK_THROWS_WITH(scan(next, Tensor(0), arange(3), {.length = 4}),
                    Catch::Contains("[3] int32") && Catch::Contains("length is 4"));
  const auto count = [](const Tensor& c, std::tuple<>) { return std::pair(c + 1, std::tuple<>{}); };
  CHECK_THROWS_WITH(scan(count, Tensor(0), std::tuple<>{}), Catch::Contains(".length = 10"));
  CHECK_THROWS_WITH(
      scan([](const Tensor& c, const Tensor&) { return std::pair(Tensor(c.item<int>()), c); },
           Tensor(0), arange(3)),
      Catch::Contains("while scan traces"));
  const auto one = [] { return Tensor(1); };
  CHECK_THROWS_WITH(cond(Tensor(1), one, one), Catch::Contains("a bool scalar must decide"));
  CHECK_THROWS_WITH(cond(Tensor(true), one, [] { return Tensor(1.F); }),
                    Catch::Contains("[] int32 and [] float32"));
  CHECK_THROWS_WITH(
      cond(
          Tensor(true),
          [] {
            return Tree{{"a", Tensor(1)}};
          },
          [] {
            return Tree{{"b", Tensor(1)}};
          }),
      Catch::Contains("cond: the names of two trees differ; missing: a; unexpected: b"));
  CHECK_THROWS_WITH(
      while_loop([](const Tensor& x) { return x; }, [](const Tensor& x) { return x; }, Tensor(1)),
      Catch::Contains("a bool scalar must decide"));
  CHECK_THROWS_WITH(while_loop([](const Tensor& x) { return x < 1; },
                               [](const Tensor& x) { return x * 0.5F; }, Tensor(1)),
                    Catch::Contains("leaves it as [] float32"));
}

TEST_CASE("a traced value that a body kept outside of itself is refused") {
  Tensor kept;
  scan(
      [&](const Tensor& c, const Tensor& x) {
        kept = c + x;
        return std::pair(kept, x);
      },
      Tensor(0), arange(3));
  CHECK_THROWS_WITH(kept.item<int>(), Catch::Contains("scan"));
  const auto use = [&](const Tensor& c, const Tensor& x) { return std::pair(c + kept, x); };
  CHECK_THROWS_WITH(scan(use, Tensor(0), arange(3)), Catch::Contains("another trace"));
}

}  // namespace linseed::test
