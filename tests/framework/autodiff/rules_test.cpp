// checkpoint and custom_vjp.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/checkpoint.h>
#include <linseed/framework/autodiff/custom_vjp.h>
#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/graph/program.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/plan/plan.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/samples.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Tensors = std::vector<Tensor>;

/// A block of a network with a captured weight.
auto block(const Tensor& w) {
  return [w](const Tensor& x) { return tanh(matmul(exp(sin(x)) - 1.5, w)); };
}

template <class Wrap>
auto network(const Wrap& wrap, int blocks) {
  return [wrap, blocks](const Tensors& in) {
    Tensor x = in[0];
    for (int i = 0; i < blocks; ++i) x = wrap(block(in[1]))(x);
    return x;
  };
}

constexpr auto kPlain = [](auto f) { return f; };
constexpr auto kCheckpointed = [](auto f) { return checkpoint(f); };

/// The working memory of the compiled gradient of a deep network.
template <class Wrap>
std::size_t arena_of_gradient(const Wrap& wrap) {
  const Tensor x = placeholder({{64, 64}, float32}, "test");
  const Tensor w = full({64, 64}, 0.01F);
  evaluate(w);
  const auto loss = [&](const Tensor& start) { return sum(network(wrap, 12)({start, w})); };
  const Tensor gradient = grad(loss)(x);
  return make_plan(close(std::span(&gradient, 1), std::span(&x, 1)).program).arena_bytes;
}

/// x³ with a derivative of one's own: scale · 3x².
auto cube(double scale) {
  return custom_vjp([](const Tensor& x) { return x * x * x; },
                    [](const Tensor& x) { return std::pair(x * x * x, x); },
                    [scale](const Tensor& x, const Tensor& cotangent) {
                      return cotangent * x * x * (3 * scale);
                    });
}

}  // namespace

TEST_CASE("checkpoint changes neither values nor derivatives") {
  const Tensors inputs{spread_values({2, 3}, -1, 1), spread_values({3, 3}, -1, 1, 2)};
  const auto loss = [](const auto& f) {
    return [f](const Tensors& x) { return sum(f(x) * uneven_weights({2, 3})); };
  };
  const auto plain = grad(loss(network(kPlain, 3)))(inputs);
  const auto checkpointed = grad(loss(network(kCheckpointed, 3)))(inputs);
  const auto compiled = jit(grad(loss(network(kCheckpointed, 3))))(inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    CHECK(bits(plain[i]) == bits(checkpointed[i]));
    CHECK(bits(plain[i]) == bits(compiled[i]));
  }
  CHECK(second_derivative_error(network(kCheckpointed, 2), inputs).passes());
}

TEST_CASE("checkpoint makes a deep network's derivative work in less memory") {
  // Of each block its argument, instead of three activations; of one block at a time all.
  CHECK(arena_of_gradient(kCheckpointed) * 3 < arena_of_gradient(kPlain) * 2);
}

TEST_CASE("checkpoint runs its function as it stands where no derivative is asked for") {
  const auto reads = checkpoint([](const Tensor& x) {
    return x.item<float>() > 0 ? x : -x;  // possible only outside of a trace
  });
  CHECK(reads(Tensor(-2.F)).item<float>() == 2);
  CHECK_THROWS_WITH(grad(reads)(Tensor(-2.F)), Catch::Contains("checkpoint traces"));
}

TEST_CASE("a derivative of one's own is used, and the function itself where there is none") {
  const Tensor x = Tensor(2.0);
  CHECK(cube(10)(x).item<double>() == 8);
  const auto [value, slope] = value_and_grad(cube(10))(x);
  CHECK(value.item<double>() == 8);
  CHECK(slope.item<double>() == 120);
  CHECK(jit(grad(cube(10)))(x).item<double>() == 120);
}

TEST_CASE("a derivative of one's own is differentiated again by the ordinary rules") {
  CHECK(grad(grad(cube(10)))(Tensor(2.0)).item<double>() == 120);
  const auto f = [](const Tensors& x) { return cube(1)(x[0]); };
  CHECK(second_derivative_error(f, {spread_values({3}, -1, 1)}).passes());
}

TEST_CASE("residuals that are computed carry derivatives of higher order") {
  const auto f = custom_vjp([](const Tensor& x) { return exp(sin(x)); },
                            [](const Tensor& x) {
                              const Tensor y = exp(sin(x));
                              return std::pair(y, Tree{{"slope", y * cos(x)}});
                            },
                            [](const Tree& residuals, const Tensor& cotangent) {
                              return cotangent * residuals["slope"];
                            });
  const auto build = [&](const Tensors& x) { return f(x[0]); };
  CHECK(first_derivative_error(build, {spread_values({3}, -1, 1)}).passes());
  CHECK(second_derivative_error(build, {spread_values({3}, -1, 1)}).passes());
}

TEST_CASE("a derivative of one's own takes several arguments and returns several results") {
  const auto forward = [](const Tensor& x, const Tensor& n) {
    return std::pair(std::pair(x * 2, x + astype(n, float64)), std::tuple<>{});
  };
  const auto f =
      custom_vjp([=](const Tensor& x, const Tensor& n) { return forward(x, n).first; }, forward,
                 [](std::tuple<>, const std::pair<Tensor, Tensor>& cotangent) {
                   return std::tuple(cotangent.first * 3 + cotangent.second, Tensor());
                 });
  const auto loss = [&](const Tensor& x) {
    const auto [twice, shifted] = f(x, Tensor(4));
    return twice * 5 + shifted;
  };
  CHECK(grad(loss)(Tensor(1.0)).item<double>() == 3 * 5 + 1);
}

TEST_CASE("a derivative of one's own refuses what it would get wrong") {
  const auto captures = [](const Tensor& w) {
    const auto f = [w](const Tensor& x) { return x * w; };
    return custom_vjp(
        f, [f](const Tensor& x) { return std::pair(f(x), x); },
        [](const Tensor&, const Tensor& cotangent) { return cotangent; })(w);
  };
  CHECK_THROWS_WITH(grad(captures)(Tensor(1.0)), Catch::Contains("make it an argument"));
  const auto narrow =
      custom_vjp([](const Tensor& x) { return x; }, [](const Tensor& x) { return std::pair(x, x); },
                 [](const Tensor& x, const Tensor&) { return sum(x); });
  const auto loss = [&](const Tensor& x) { return sum(narrow(x)); };
  CHECK_THROWS_WITH(grad(loss)(spread_values({3}, 0, 1)),
                    Catch::Contains("gives a cotangent [] float64 for an argument [3] float64"));
}

}  // namespace linseed::test
