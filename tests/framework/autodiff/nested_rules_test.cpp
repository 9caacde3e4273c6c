// Derivatives inside of derivatives, where a rule of one's own is not what the function's own
// derivative would be: rounding, whose cotangent is handed straight through.
#include <catch2/catch.hpp>

#include <thread>

#include <linseed/framework/autodiff/checkpoint.h>
#include <linseed/framework/autodiff/cond.h>
#include <linseed/framework/autodiff/custom_vjp.h>
#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/pmap.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

Tensor straight_through(const Tensor& x) {
  return custom_vjp([](const Tensor& v) { return round(v); },
                    [](const Tensor& v) { return std::pair(round(v), v); },
                    [](const Tensor&, const Tensor& cotangent) { return cotangent; })(x);
}

/// 3 · round(x); its rule takes the derivative, 3, by vjp.
Tensor rounded_thrice(const Tensor& x) {
  const auto f = [](const Tensor& v) { return straight_through(v) * 3; };
  return custom_vjp(
      f, [f](const Tensor& v) { return std::pair(f(v), v); },
      [f](const Tensor& v, const Tensor& cotangent) { return vjp(f, v).second(cotangent); })(x);
}

/// 2 x, whose way back rounds.
Tensor doubled(const Tensor& x) {
  return custom_vjp(
      [](const Tensor& v) { return v * 2; }, [](const Tensor& v) { return std::pair(v * 2, v); },
      [](const Tensor&, const Tensor& cotangent) { return straight_through(cotangent * 2); })(x);
}

Tensor squared_doubled(const Tensor& x) {
  const Tensor y = doubled(x);
  return y * y;
}

using Function = std::function<Tensor(const Tensor&)>;

/// f as a step of each kind that runs programs.
std::vector<std::pair<std::string, Function>> wrapped(const Function& f) {
  return {{"plain", f},
          {"checkpoint", checkpoint(f)},
          {"map", [f](const Tensor& x) { return sum(map(f, reshape(x, {1}))); }},
          {"cond", [f](const Tensor& x) { return cond(Tensor(true), f, f, x); }},
          {"pmap", [f](const Tensor& x) { return sum(pmap(f)(reshape(x, {1}))); }}};
}

double at(const Function& f, float x) { return values(f(Tensor(x))).front(); }

}  // namespace

TEST_CASE("a rule is used in derivatives that another rule takes") {
  for (const auto& [name, f] : wrapped(rounded_thrice)) {
    INFO(name);
    CHECK(at(grad(f), 1.4f) == 3);
  }
}

TEST_CASE("a rule is used in the second derivative") {
  for (const auto& [name, f] : wrapped(squared_doubled)) {
    INFO(name);
    CHECK(at(grad(grad(f)), 1.4f) == 8);
  }
}

TEST_CASE("a rule is used in jvp, and in the derivative of a pullback") {
  CHECK(values(jvp(doubled, Tensor(1.4f), Tensor(1.f)).second) == std::vector<double>{2});
  const auto pullback = vjp(doubled, Tensor(1.4f)).second;
  CHECK(at(grad([&](const Tensor& cotangent) { return pullback(cotangent); }), 1) == 2);
}

TEST_CASE("what a rule made does not keep what it was made from") {
  const auto half = custom_vjp([](const Tensor& v) { return v * 0.5f; },
                               [](const Tensor& v) { return std::pair(v * 0.5f, Tensor(0.f)); },
                               [](const Tensor&, const Tensor& c) { return c * 0.5f; });
  const auto step = value_and_grad(
      [&](const Tensor& p, const Tensor& s) {
        const Tensor next = half(s);
        return std::pair(sum(p * next), next);
      },
      has_aux);
  Tensor state = ones({3});
  std::int64_t nodes = 0;
  for (int i = 0; i < 20; ++i) {
    const auto [value, next, gradient] = step(ones({3}), state);
    evaluate(value, next, gradient);
    state = next;
    if (i == 5) nodes = Node::count();
  }
  CHECK(Node::count() <= nodes);
}

TEST_CASE("a derivative needs no inputs that another thread's evaluation drops meanwhile") {
  Tensor middle;
  const auto evaluates = custom_vjp(
      [](const Tensor& v) { return v * 3; }, [](const Tensor& v) { return std::pair(v * 3, v); },
      [&](const Tensor&, const Tensor& cotangent) {
        std::thread([&] { evaluate(middle); }).join();  // its inputs are gone then
        return cotangent * 3;
      });
  const auto loss = [&](const Tensor& x) {
    middle = exp(x * 2);
    return evaluates(middle);
  };
  CHECK(at(grad(loss), 0) == 6);
}

TEST_CASE("a pullback takes its cotangent by names") {
  const auto f = [](const Tree& x) {
    return Tree{{"a", x["a"].tensor() * 10}, {"b", x["b"].tensor() * 100}};
  };
  const Tree x{{"a", ones({})}, {"b", ones({})}};
  const Tree result = vjp(f, x).second(Tree{{"b", zeros({})}, {"a", ones({})}});
  CHECK(values(result["a"].tensor()) == std::vector<double>{10});
  CHECK(values(result["b"].tensor()) == std::vector<double>{0});
}

TEST_CASE("a carry that nothing differentiated reaches needs no derivative") {
  const auto loss = [](const Tensor& w) {
    const auto body = [&](const std::pair<Tensor, Tensor>& carry, const Tensor& x) {
      const Tensor next = while_loop([](const Tensor& v) { return v < 2; },
                                     [](const Tensor& v) { return v * 2; }, carry.second * 0.75f);
      return std::pair(std::pair(carry.first + next * w * x, next), std::tuple<>{});
    };
    return scan(body, std::pair(Tensor(0.f), Tensor(1.f)), arange(3, float32)).first.first;
  };
  // s: 0.75 -> 3 (1.5 -> 3), 2.25, 1.6875 -> 3.375
  CHECK(at(grad(loss), 1) == Approx(1 * 2.25 + 2 * 3.375));
}

TEST_CASE("branches may return their names in another order") {
  const auto f = [](const Tensor& x) { return Tree{{"a", x}, {"b", x * 2}}; };
  const auto g = [](const Tensor& x) { return Tree{{"b", x * 20}, {"a", x * 10}}; };
  const Tree chosen = cond(Tensor(false), f, g, Tensor(1.f));
  CHECK(values(chosen["a"].tensor()) == std::vector<double>{10});
  CHECK(values(chosen["b"].tensor()) == std::vector<double>{20});
}

}  // namespace linseed::test
