// When values are computed, how often, and what is forgotten afterwards.
#include <linseed/framework/plan/evaluate.h>

#include <tuple>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/support/counted.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {

TEST_CASE("operations compute nothing, evaluate computes") {
  const int before = times_computed;
  const Tensor y = counted(vector({1, 2})) + 1;
  CHECK_FALSE(y.is_evaluated());
  CHECK(times_computed == before);
  evaluate(y);
  CHECK(y.is_evaluated());
  CHECK(times_computed == before + 1);
  CHECK(values(y) == std::vector<double>{2, 3});
}

TEST_CASE("evaluation drops the inputs of a node") {
  const std::int64_t before = Node::count();
  const Tensor y = exp(vector({1, 2}) * 2) + 1;
  CHECK(Node::count() > before + 1);
  evaluate(y);
  CHECK(y.node()->inputs.empty());
  CHECK(Node::count() == before + 1);
}

TEST_CASE("an intermediate value that somebody holds is computed once") {
  const int before = times_computed;
  const Tensor middle = counted(vector({1, 2}));
  const Tensor y = middle * 3;
  evaluate(y);
  CHECK(middle.is_evaluated());
  CHECK(values(middle) == std::vector<double>{1, 2});
  CHECK(values(middle * y) == std::vector<double>{3, 12});
  CHECK(times_computed == before + 1);
}

TEST_CASE("trees evaluated together share their work") {
  const int before = times_computed;
  const Tensor shared = counted(vector({1, 2}));
  const std::vector<Tensor> several{shared + 1, shared * 2};
  const std::tuple<Tensor, Tree> more(sum(shared), Tree{{"a", shared - 1}, {"none", Tree()}});
  evaluate(several, more);
  CHECK(times_computed == before + 1);
  CHECK(std::get<1>(more).at("a").tensor().is_evaluated());
}

TEST_CASE("undefined and evaluated tensors are nothing to evaluate") {
  const Tensor done = vector({1});
  CHECK_NOTHROW(evaluate(Tensor(), done, std::vector<Tensor>{}));
}

TEST_CASE("a value held as a view keeps its elements") {
  const Tensor x = vector({1, 2, 3, 4}) * 2;
  const Tensor view = reshape(x, {2, 2});
  const Tensor y = exp(view) + view;
  evaluate(y, view);
  CHECK(values(view) == std::vector<double>{2, 4, 6, 8});
  CHECK(values(x) == std::vector<double>{2, 4, 6, 8});
  CHECK(view.raw_data() == x.raw_data());
}

TEST_CASE("values can be read inside a function under grad, and it may branch on them") {
  std::string printed;
  const auto loss = [&](const Tensor& x) {
    const Tensor y = sum(x * x);
    printed = to_string(y);
    return y.item<float>() > 10 ? y * 2 : y;
  };
  CHECK(values(grad(loss)(vector({1, 2}))) == std::vector<double>{2, 4});
  CHECK(printed == "5.0");
  CHECK(values(grad(loss)(vector({3, 2}))) == std::vector<double>{12, 8});
}

TEST_CASE("evaluate in the middle of a gradient trace loses nothing and computes nothing twice") {
  const int before = times_computed;
  const auto loss = [](const Tensor& x) {
    const Tensor y = counted(x) * x;
    evaluate(y);
    const Tensor z = exp(y);
    return sum(z + y);
  };
  const auto [value, gradient] = value_and_grad(loss)(vector({1, 0}));
  const auto expected =
      grad([](const Tensor& x) { return sum(exp(x * x) + x * x); })(vector({1, 0}));
  evaluate(value, gradient);
  CHECK(values(gradient) == values(expected));
  CHECK(times_computed == before + 1);
}

TEST_CASE("when the gradient is there, evaluated nodes of its trace have dropped their inputs") {
  Tensor seen;
  const auto loss = [&](const Tensor& x) {
    seen = exp(x * 2) + 1;
    evaluate(seen);
    CHECK_FALSE(seen.node()->inputs.empty());
    return sum(seen);
  };
  const std::int64_t before = Node::count();
  {
    const Tensor gradient = grad(loss)(vector({1, 2}));
    CHECK(seen.node()->inputs.empty());
    evaluate(gradient);
  }
  seen = Tensor();
  CHECK(Node::count() == before);
}

TEST_CASE("an error inside a function under grad closes its trace") {
  const auto loss = [](const Tensor& x) -> Tensor { return sum(reshape(x, {5})); };
  CHECK_THROWS_AS(grad(loss)(vector({1, 2})), InvalidArgument);
  const Tensor y = vector({1, 2}) + 1;
  evaluate(y);
  CHECK(y.node()->inputs.empty());
}

TEST_CASE("a long loop under grad reads its values once") {
  // 20,000 steps are five times the depth at which graphs are evaluated as they are built.
  const int before = times_computed;
  const auto loss = [](Tensor x) {
    x = counted(x);
    for (int i = 0; i < 20'000; ++i) x = x * 0.999F;
    return sum(x * x);
  };
  const Tensor gradient = grad(loss)(vector({1}));
  const double decay = std::pow(static_cast<double>(0.999F), 40'000);
  // 40,000 roundings of 2^-24 each, at random, stay far below 1e-3 of the value.
  CHECK(gradient.item<double>() == Approx(2 * decay).epsilon(1e-3));
  CHECK(times_computed == before + 1);
}

TEST_CASE("nodes and memory stay flat over 200 steps of training") {
  const Tensor x = uneven({16, 8}, 1);
  const Tensor target = uneven({16, 4}, 2);
  Tree params{{"kernel", uneven({8, 4}, 3)}, {"bias", zeros({4})}};
  const auto loss = [&](const Tree& p) {
    const Tensor error = matmul(x, p.at("kernel")) + p.at("bias").tensor() - target;
    return mean(error * error);
  };
  std::int64_t nodes = 0;
  std::size_t bytes = 0;
  double first = 0;
  double last = 0;
  for (int step = 0; step < 200; ++step) {
    const auto [value, gradient] = value_and_grad(loss)(params);
    params =
        tree::map([](const Tensor& p, const Tensor& g) { return p - g * 0.1F; }, params, gradient);
    evaluate(params, value);
    last = value.item<double>();
    if (step == 0) first = last;
    if (step == 1) {
      nodes = Node::count();
      bytes = Buffer::bytes_in_use();
    }
    if (step > 1) {
      REQUIRE(Node::count() == nodes);
      REQUIRE(Buffer::bytes_in_use() == bytes);
    }
  }
  CHECK(last < first);
}

TEST_CASE("forgetting to evaluate does not let the graph grow") {
  Tensor x = vector({0});
  const std::int64_t before = Node::count();
  for (int i = 0; i < 100'000; ++i) x = x + 1;
  CHECK(Node::count() - before <= 2 * kEvaluationDepth + 4);
  CHECK(x.item<float>() == 100'000);
}

TEST_CASE("evaluating a traced tensor is an error that names the transformation") {
  const Tensor traced = placeholder({{2}, float32}, "jit");
  CHECK_THROWS_WITH(evaluate(traced + 1), Catch::Contains("jit") && Catch::Contains("[2] float32"));
  CHECK_THROWS_WITH((traced * 2).data<float>(), Catch::Contains("jit") && Catch::Contains("where"));
}

}  // namespace linseed::test
