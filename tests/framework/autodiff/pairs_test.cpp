// Every transformation under every other one: a table of what each does to a function of numbers,
// and a walk over all pairs, eager and compiled.
#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <numbers>

#include <linseed/framework/autodiff/checkpoint.h>
#include <linseed/framework/autodiff/cond.h>
#include <linseed/framework/autodiff/custom_vjp.h>
#include <linseed/framework/autodiff/jacobian.h>
#include <linseed/framework/graph/axis.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/pmap.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

/// A function of a 0-d tensor.
using Function = std::function<Tensor(const Tensor&)>;

/// A transformation and how often it differentiates.
struct Transformation {
  std::string name;
  std::function<Function(const Function&)> apply;
  int derivatives = 0;
  bool has_derivative = true;
};

std::vector<Transformation> transformations() {
  std::vector<Transformation> table;
  const auto add = [&](std::string name, int derivatives, auto apply) {
    table.push_back({std::move(name), std::move(apply), derivatives});
  };
  add("grad", 1, [](const Function& f) -> Function { return grad(f); });
  add("value_and_grad", 1, [](const Function& f) -> Function {
    return [f](const Tensor& x) { return value_and_grad(f)(x).second; };
  });
  add("vjp", 1, [](const Function& f) -> Function {
    return [f](const Tensor& x) { return vjp(f, x).second(ones_like(x)); };
  });
  add("jvp", 1, [](const Function& f) -> Function {
    return [f](const Tensor& x) { return jvp(f, x, ones_like(x)).second; };
  });
  add("jacobian", 1, [](const Function& f) -> Function { return jacobian(f); });
  add("hessian", 2, [](const Function& f) -> Function { return hessian(f); });
  add("jit", 0, [](const Function& f) -> Function { return jit(f); });
  add("checkpoint", 0, [](const Function& f) -> Function { return checkpoint(f); });
  add("custom_vjp", 0, [](const Function& f) -> Function {
    return custom_vjp(
        f, [f](const Tensor& x) { return std::pair(f(x), x); },
        [f](const Tensor& x, const Tensor& cotangent) { return vjp(f, x).second(cotangent); });
  });
  add("scan", 0, [](const Function& f) -> Function {
    // The first run makes f(x), the second hands it on.
    return [f](const Tensor& x) {
      return scan(
                 [&](const Tensor& carry, const Tensor& is_first) {
                   return std::pair(where(is_first, f(x), carry), std::tuple<>{});
                 },
                 zeros_like(x), Tensor::from({true, false}, {2}))
          .first;
    };
  });
  add("map", 0, [](const Function& f) -> Function {
    return [f](const Tensor& x) { return reshape(map(f, expand_dims(x, 0)), {}); };
  });
  add("cond", 0, [](const Function& f) -> Function {
    return [f](const Tensor& x) {
      return cond(
          x > 0, f, [](const Tensor& v) { return v * 7; }, x);
    };
  });
  add("pmap", 0, [](const Function& f) -> Function {
    // Each replica has another part of f(x), and all of them the mean.
    return [f](const Tensor& x) {
      const std::string axis = "axis " + std::to_string(AxisScope::open().size());
      const auto replica = [&](const Tensor& v, const Tensor& part) {
        return pmean(f(v) * part, axis);
      };
      const Tensor parts = Tensor::from({0.5, 1.5}, {2});
      return mean(pmap(replica, {.axis_name = axis})(replicate(x, 2), parts));
    };
  });
  table.push_back({"while_loop",
                   [](const Function& f) -> Function {
                     return [f](const Tensor& x) {
                       using Carry = std::pair<Tensor, Tensor>;
                       return while_loop(
                                  [](const Carry& c) { return c.first < 1; },
                                  [f](const Carry& c) { return Carry(c.first + 1, f(c.second)); },
                                  Carry(Tensor(0), x))
                           .second;
                     };
                   },
                   0, false});
  return table;
}

/// sin x, whose n-th derivative is sin(x + n π/2).
Tensor sine(const Tensor& x) { return sin(x); }
double derivative_of_sine(int order, double x) {
  return std::sin(x + order * std::numbers::pi / 2);
}

void check(const Function& f, int derivatives, bool has_derivative) {
  constexpr double kPoint = 0.7;
  const Tensor x = Tensor(kPoint);
  if (!has_derivative) {
    CHECK_THROWS_AS(f(x), NotSupported);
    return;
  }
  const double expected = derivative_of_sine(derivatives, kPoint);
  CHECK(f(x).item<double>() == Approx(expected).margin(1e-14));
  CHECK(jit(f)(x).item<double>() == Approx(expected).margin(1e-14));
}

}  // namespace

TEST_CASE("every pair of transformations gives the derivative that calculus says") {
  int pairs = 0;
  for (const Transformation& outer : transformations()) {
    for (const Transformation& inner : transformations()) {
      INFO(outer.name << " of " << inner.name);
      const bool has_derivative = inner.has_derivative || outer.derivatives == 0;
      check(outer.apply(inner.apply(sine)), outer.derivatives + inner.derivatives, has_derivative);
      ++pairs;
    }
  }
  CHECK(pairs == 14 * 14);
}

TEST_CASE("three transformations deep, with a derivative around and inside of each") {
  for (const Transformation& middle : transformations()) {
    if (!middle.has_derivative) continue;
    INFO("grad of " << middle.name << " of grad");
    const Function f = grad(middle.apply(Function(grad(sine))));
    check(f, middle.derivatives + 2, true);
  }
}

}  // namespace linseed::test
