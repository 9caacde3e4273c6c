// vjp, jvp, jacobian and hessian.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/jacobian.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/samples.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Tensors = std::vector<Tensor>;

Tensor row(std::initializer_list<double> values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

/// [x₀ x₁, sin x₁, x₀²]: its Jacobian is [[x₁, x₀], [0, cos x₁], [2 x₀, 0]].
Tensor curve(const Tensor& x) {
  const auto at = [&](std::int64_t i) { return slice(x, {i}, {i + 1}); };
  return concatenate({at(0) * at(1), sin(at(1)), at(0) * at(0)}, 0);
}

}  // namespace

TEST_CASE(
    "a pullback can be called again, after its function's values were evaluated and are gone") {
  const Tensor x = row({2, 3});
  auto [y, pullback] = vjp(curve, x);
  evaluate(y);
  y = Tensor();
  CHECK(values(pullback(row({1, 0, 0}))) == std::vector<double>{3, 2});
  CHECK(values(pullback(row({0, 0, 1}))) == std::vector<double>{4, 0});
  CHECK(values(pullback(row({1, 0, 1}))) == std::vector<double>{7, 2});
}

TEST_CASE("a pullback gives what grad gives, for trees, and ignores cotangents of integers") {
  const auto f = [](const Tree& w, const Tensor& x) {
    const Tensor y = tanh(matmul(x, w["kernel"]) + w["bias"]);
    return std::pair(y, argmax(y, -1));
  };
  const Tree weights{{"kernel", spread_values({3, 2}, -1, 1)}, {"bias", row({0.1, -0.2})}};
  const Tensor x = spread_values({4, 3}, -1, 1, 2);
  const auto [y, pullback] = vjp(f, weights, x);
  const Tree by_pullback = pullback(std::pair(ones_like(y.first), Tensor()));
  const Tree by_grad = grad([&](const Tree& w) { return sum(f(w, x).first); })(weights);
  CHECK(bits(by_pullback["kernel"]) == bits(by_grad["kernel"]));
  CHECK(bits(by_pullback["bias"]) == bits(by_grad["bias"]));
}

TEST_CASE("a pullback can be differentiated, in its cotangent and in the point it was taken at") {
  const auto f = [](const Tensors& x) {
    const auto [y, pullback] = vjp(curve, x[0]);
    return pullback(x[1]);
  };
  const Tensors inputs{row({0.7, 0.4}), row({0.3, -0.5, 0.9})};
  CHECK(first_derivative_error(f, inputs).passes());
  CHECK(second_derivative_error(f, inputs).passes());
}

TEST_CASE("a pullback taken inside of a compiled function is used there") {
  const auto f = jit([](const Tensor& x, const Tensor& direction) {
    const auto [y, pullback] = vjp(curve, x);
    return std::pair(y, pullback(direction));
  });
  const auto [y, pulled] = f(row({2, 3}), row({1, 0, 1}));
  CHECK(values(pulled) == std::vector<double>{7, 2});
}

TEST_CASE("jvp moves along the tangent") {
  const auto [y, dy] = jvp(curve, row({2, 3}), row({1, 10}));
  CHECK(values(y) == values(curve(row({2, 3}))));
  CHECK_THAT(values(dy), Catch::Approx(std::vector<double>{23, 10 * std::cos(3.0), 4}));
}

TEST_CASE("jvp and vjp are adjoint: ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩") {
  const auto f = [](const Tensor& x) {
    return matmul(exp(x), transpose(x)) / sqrt(sum(x * x, {1}, keepdims));
  };
  const Tensor x = spread_values({3, 2}, 0.5, 2);
  const Tensor tangent = uneven_weights({3, 2}, 1);
  const Tensor cotangent = uneven_weights({3, 3}, 2);
  const Tensor pushed = jvp(f, x, tangent).second;
  const Tensor pulled = vjp(f, x).second(cotangent);
  CHECK(sum(pushed * cotangent).item<double>() ==
        Approx(sum(pulled * tangent).item<double>()).epsilon(1e-13));
}

TEST_CASE("jvp can be differentiated again") {
  const auto f = [](const Tensors& x) { return jvp(curve, x[0], x[1]).second; };
  const Tensors inputs{row({0.7, 0.4}), row({0.3, -0.5})};
  CHECK(first_derivative_error(f, inputs).passes());
  CHECK(second_derivative_error(f, inputs).passes());
}

TEST_CASE("a jacobian has the result's dimensions first") {
  const Tensor x = row({2, 3});
  const Tensor j = jacobian(curve)(x);
  CHECK(j.shape() == Shape{3, 2});
  CHECK_THAT(values(j), Catch::Approx(std::vector<double>{3, 2, 0, std::cos(3.0), 4, 0}));

  const auto outer = [](const Tree& t) { return expand_dims(t["a"], 1) * t["b"]; };
  const Tree j2 = jacobian(outer)(Tree{{"a", row({2, 3})}, {"b", row({5, 7, 11})}});
  CHECK(j2["a"].tensor().shape() == Shape{2, 3, 2});
  CHECK(j2["b"].tensor().shape() == Shape{2, 3, 3});
  CHECK(values(j2["a"]) == std::vector<double>{5, 0, 7, 0, 11, 0, 0, 5, 0, 7, 0, 11});
}

TEST_CASE("a jacobian of a scalar is its gradient, and a hessian its jacobian") {
  const auto f = [](const Tensor& x) { return sum(x * x * x) + sum(x) * sum(x); };
  const Tensor x = row({1, 2});
  CHECK(values(jacobian(f)(x)) == values(grad(f)(x)));
  const Tensor h = hessian(f)(x);
  CHECK(values(h) == std::vector<double>{6 + 2, 2, 2, 12 + 2});
  CHECK(values(jit(hessian(f))(x)) == values(h));
}

TEST_CASE("derivatives refuse what they cannot take") {
  const Tensor x = row({2, 3});
  CHECK_THROWS_WITH(vjp(curve, arange(2)), Catch::Contains("vjp: the first argument has a tensor"));
  CHECK_THROWS_WITH(vjp(curve, x).second(row({1, 2})),
                    Catch::Contains("[2] float64 belongs to a tensor [3] float64"));
  CHECK_THROWS_WITH(jvp(curve, x, row({1, 2, 3})),
                    Catch::Contains("tangent [3] float64 belongs to a tensor [2] float64"));
  const auto place = [](const Tensor& t) { return argmax(t, 0); };
  CHECK_THROWS_WITH(jacobian(place)(x), Catch::Contains("must return a floating tensor"));
}

}  // namespace linseed::test
