// What passes make of a program, and that its results stay the same.
#include <linseed/framework/plan/passes.h>

#include <algorithm>
#include <limits>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/tests/support/steps.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Inputs = std::vector<Tensor>;

Inputs placeholders(std::initializer_list<Shape> shapes) {
  Inputs inputs;
  for (const Shape& shape : shapes) inputs.push_back(placeholder({shape, float32}, "test"));
  return inputs;
}

Names deduplicated(const Inputs& outputs, const Inputs& inputs) {
  return names(deduplicate(close(outputs, inputs).program));
}

Program fused(const Inputs& outputs, const Inputs& inputs) {
  return fuse_elementwise(close(outputs, inputs).program);
}

/// What one step writes and reads, as "reads → writes".
std::string traffic(const Program::Step& step) {
  return fmt::format("{} -> {}", step.inputs.size(), step.outputs.size());
}

}  // namespace

TEST_CASE("what is written twice is computed once") {
  const Inputs x = placeholders({{4, 3}, {3}});
  const Tensor twice = exp(x[0] + x[1]) * exp(x[0] + x[1]);
  CHECK(deduplicated({twice}, x) == Names{"add", "exp", "multiply"});
}

TEST_CASE("equal constants are one") {
  const Inputs x = placeholders({{4}});
  CHECK(deduplicated({(x[0] + 2) * 2 - 3}, x) ==
        Names{"fill", "add", "multiply", "fill", "subtract"});
}

TEST_CASE("0 and -0 are different constants") {
  const auto f = jit([](const Tensor& x) { return std::pair(x / 0.0F, x / -0.0F); });
  const auto [positive, negative] = f(ones({2}));
  CHECK(positive.data<float>()[0] == std::numeric_limits<float>::infinity());
  CHECK(negative.data<float>()[0] == -std::numeric_limits<float>::infinity());
}

TEST_CASE("steps that differ in operands, their order, or attributes stay apart") {
  const Inputs x = placeholders({{4, 4}, {4, 4}});
  CHECK(deduplicated({x[0] - x[1], x[1] - x[0]}, x).size() == 2);
  CHECK(deduplicated({sum(x[0], 0), sum(x[0], 1)}, x).size() == 2);
  CHECK(deduplicated({astype(x[0], int32), astype(x[0], float64)}, x).size() == 2);
}

TEST_CASE("another name for a value takes no step") {
  const Inputs x = placeholders({{4}});
  CHECK(deduplicated({exp(identity(identity(x[0])))}, x) == Names{"exp"});
  CHECK(deduplicated({identity(x[0])}, x).empty());
}

TEST_CASE("a ReLU is a maximum, and only where that has the same bits") {
  const Inputs x = placeholders({{4}, {4}});
  const auto simplified = [&](const Tensor& output) {
    return names(simplify(deduplicate(close(Inputs{output}, x).program)));
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(simplified(where(x[0] <= 0, 0, x[0])) == Names{"fill", "maximum"});
  CHECK(simplified(where(x[0] <= 0, x[0], 0)).back() == "where");
  CHECK(simplified(where(x[0] < 0, 0, x[0])).back() == "where");
  CHECK(simplified(where(x[0] <= 0, 1, x[0])).back() == "where");
  CHECK(simplified(where(x[1] <= 0, 0, x[0])).back() == "where");
  CHECK(simplified(where(x[0] <= x[1], x[1], x[0])).back() == "where");  // x[1] may be NaN
  CHECK(simplified(where(x[0] <= nan, nan, x[0])).back() == "where");

  const Tensor values = Tensor::from({-1.f, -0.f, 0.f, 2.f, nan}, {5});
  for (const float bound : {0.f, -0.f}) {
    const auto clamp = [bound](const Tensor& t) { return where(t <= bound, bound, t); };
    CHECK(bits(jit(clamp)(values)) == bits(clamp(values)));
  }
}

TEST_CASE("what does not vary along the axes of a sum is taken out of it") {
  const Inputs x = placeholders({{4, 3, 8}, {8}, {1, 1, 8}, {3, 1}, {4, 3, 8}});
  const auto factored = [&](const Tensor& output) {
    return names(factor_sums(close(Inputs{output}, x).program));
  };
  CHECK(factored(sum(-x[0], 0)) == Names{"sum", "negative"});
  CHECK(factored(sum(x[0] * x[1], {0, 1})) == Names{"sum", "multiply"});
  CHECK(factored(sum(x[1] * x[0], {0, 1})) == Names{"sum", "multiply"});
  CHECK(factored(sum(x[0] * x[2], {0, 1})) == Names{"reshape", "sum", "multiply"});
  CHECK(factored(sum(x[0] * x[3], {0, 2})) == Names{"reshape", "sum", "multiply"});
  CHECK(factored(sum(x[0] * broadcast_to(x[1], {4, 3, 8}), {0, 1})) == Names{"sum", "multiply"});
  CHECK(factored(sum(-(x[0] * 2) * x[1], 0)) ==
        Names{"fill", "sum", "multiply", "negative", "multiply"});
  CHECK(factored(sum(x[0] * x[1], Axes(), keepdims)) == Names{"multiply", "sum", "reshape"});
  CHECK(factored(sum(x[0] * x[3], {1})) == Names{"multiply", "sum"});
  CHECK(factored(sum(x[0] * x[4], {0})) == Names{"multiply", "sum"});
  CHECK(factored(sum(astype(x[0], int32) * 2)) == Names{"cast", "fill", "multiply", "sum"});
  CHECK(factored(sum(sum(2 * -x[0], 0))) == Names{"fill", "sum", "sum", "negative", "multiply"});
  CHECK(factored(sum(broadcast_to(x[2], {4, 3, 8}) * x[1], 0)) ==
        Names{"broadcast_to", "multiply", "sum"});
  // A product that others read is still made for them.
  const auto factored_beside = [&](const Tensor& product) {
    return names(factor_sums(close(Inputs{sum(product, 0), product}, x).program));
  };
  CHECK(factored_beside(x[0] * x[1]) == Names{"multiply", "sum", "multiply"});
  CHECK(factored_beside(exp(x[0]) * x[1]) == Names{"exp", "multiply", "sum", "multiply"});
  CHECK(factored_beside(-exp(x[0])) == Names{"exp", "negative", "sum", "negative"});
}

TEMPLATE_TEST_CASE("a sum without what was taken out of it has the same value", "", float, double) {
  const auto random = [](Shape shape, unsigned seed) {
    return astype(uneven(std::move(shape), seed), dtype_of<TestType>());
  };
  const auto sums = [](const Tensor& x, const Tensor& y, const Tensor& z) {
    const Tensor twice = broadcast_to(broadcast_to(z, {5, 6, 7}), {1, 5, 6, 7});
    const Tensor product = exp(x) * y;
    return Inputs{sum(-x * y, {0, 1}),          sum(x * y, {0}), sum(z * -(x * 3), {1}),
                  sum(x * z, {1}, keepdims),    sum(-2 * x),     sum(z * mean(z) * 3, {1, 2}),
                  sum(x * twice, Axes({0, 2})), product,         sum(product, {1})};
  };
  const Inputs x{random({5, 6, 7}, 1), random({7}, 2), random({5, 1, 7}, 3)};
  const Inputs expected = sums(x[0], x[1], x[2]);
  const Inputs given = jit(sums)(x[0], x[1], x[2]);
  // Up to 210 summands, each and each sum rounded to half a unit.
  const double tolerance = 210 * static_cast<double>(std::numeric_limits<TestType>::epsilon());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("result " << i);
    REQUIRE(given[i].shape() == expected[i].shape());
    const Tensor error = astype(max(abs(given[i] - expected[i])), float64);
    CHECK(error.template item<double>() <=
          tolerance * astype(max(abs(expected[i])), float64).template item<double>());
  }
}

TEST_CASE("a sum over nothing is 0, whatever its factors are") {
  const auto f = [](const Tensor& x, const Tensor& y) { return sum(x * y, 0); };
  const Tensor infinite = Tensor::from({std::numeric_limits<float>::infinity(), 1.f}, {2});
  CHECK(bits(jit(f)(zeros({0, 2}), infinite)) == bits(f(zeros({0, 2}), infinite)));
}

TEST_CASE("a chain of element-wise steps is one, which reads each input once") {
  const Inputs x = placeholders({{64, 8}, {8}, {64, 1}});
  const Tensor y = exp(x[0] * x[1]) + x[2] * x[0];
  const Program program = fused({y}, x);
  REQUIRE(names(program) == Names{"fused"});
  CHECK(traffic(program.steps[0]) == "3 -> 1");
}

TEST_CASE("an intermediate result that others read is an output too") {
  const Inputs x = placeholders({{8, 8}, {8, 8}});
  const Tensor inner = x[0] * x[1];
  const Program program = fused({exp(inner), matmul(inner, x[1])}, x);
  REQUIRE(names(program) == Names{"fused", "matmul"});
  CHECK(traffic(program.steps[0]) == "2 -> 2");
}

TEST_CASE("steps are not joined around one that runs between them") {
  const Inputs x = placeholders({{8, 8}, {8, 8}});
  const Tensor before = x[0] * x[1];
  const Tensor after = before + matmul(before, x[1]);
  const Program program = fused({exp(after)}, x);
  CHECK(names(program) == Names{"multiply", "matmul", "fused"});
}

TEST_CASE("a group waits for all that it reads, and those behind it wait for it") {
  const Inputs x = placeholders({{8, 8}, {8, 8}});
  const Tensor early = x[0] * x[1];
  const Tensor between = matmul(x[0], x[1]);  // reads nothing of the group
  const Tensor late = early + between;
  const Tensor behind = matmul(early, early);  // made before `late` is
  const Program program = fused({behind, late}, x);
  CHECK(names(program) == Names{"matmul", "fused", "matmul"});
}

TEST_CASE("what is quick to compute from one input is not kept for a later step") {
  const Inputs x = placeholders({{8, 8}, {8}, {8, 8}});
  const Tensor centred = x[0] - x[1];
  const Tensor forward = centred * 3;
  const Tensor backward = matmul(forward, x[2]) * centred;
  const Program program = fused({backward}, x);
  // The later step reads x again instead of what was centred.
  REQUIRE(names(program) == Names{"fill", "fused", "matmul", "fused"});
  CHECK(traffic(program.steps[1]) == "3 -> 1");
  CHECK(program.steps[3].inputs.size() == 3);
}

TEST_CASE("what takes long is kept") {
  const Inputs x = placeholders({{8, 8}, {8, 8}});
  const Tensor slow = tanh(x[0]);
  const Program program = fused({matmul(slow * 3, x[1]) * slow}, x);
  CHECK(traffic(program.steps[1]) == "2 -> 2");
}

TEST_CASE("broadcast operands are not written out") {
  const Inputs x = placeholders({{64, 8}, {8}});
  CHECK(names(fused({broadcast_to(x[1], {64, 8}) * x[0]}, x)) == Names{"multiply"});
  // Unless somebody else reads them.
  CHECK(names(fused({matmul(x[0], broadcast_to(x[1], {8, 8}))}, x)) ==
        Names{"broadcast_to", "matmul"});
}

TEST_CASE("steps of other shapes and reductions stay by themselves") {
  const Inputs x = placeholders({{64, 8}, {64, 1}});
  CHECK(names(fused({exp(x[1]) * x[0]}, x)) == Names{"exp", "multiply"});
}

TEST_CASE("sums over leading axes are taken where their summands are made") {
  const Inputs x = placeholders({{4, 8, 16}, {4, 8, 16}});
  const Tensor product = x[0] * x[1];
  const Program program = fused({sum(product, {0, 1}), sum(-product, {0, 1}), product - 1}, x);
  REQUIRE(names(program) == Names{"fill", "fused"});
  CHECK(traffic(program.steps[1]) == "3 -> 3");
}

TEST_CASE("sums are taken by a step that reads their summands anyway") {
  const Inputs x = placeholders({{64, 16}, {64, 16}, {16}});
  const Tensor square = x[0] * x[0];
  const Program program = fused({sum(x[0], 0), sum(square * x[1], 0)}, x);
  REQUIRE(names(program) == Names{"fused"});
  CHECK(traffic(program.steps[0]) == "2 -> 2");
  // By one that has a sum already, if there is one.
  const Program chosen = fused({exp(x[0]), sum(x[0], 0), sum(x[0] * x[1], 0)}, x);
  CHECK(names(chosen) == Names{"exp", "fused"});
  // Not where it would be read before the step is done, nor over other axes.
  CHECK(names(fused({(x[0] - sum(x[0], 0)) * x[1]}, x)) == Names{"sum", "fused"});
  CHECK(names(fused({sum(x[0], 1), exp(x[0] * x[1])}, x)) == Names{"sum", "fused"});
}

TEST_CASE("sums that are read by their summands' neighbours end the step") {
  const Inputs x = placeholders({{64, 16}});
  const Tensor shifted = x[0] * x[0];
  const Program program = fused({(shifted - sum(shifted, 0)) * x[0]}, x);
  REQUIRE(names(program) == Names{"fused", "fused"});
  CHECK(traffic(program.steps[0]) == "1 -> 1");  // the square is quick to compute again
  CHECK(traffic(program.steps[1]) == "2 -> 1");
}

TEST_CASE("sums over different axes are taken apart") {
  const Inputs x = placeholders({{64, 16}});
  const Tensor square = x[0] * x[0];
  const Names result = names(fused({sum(square, 0), sum(square)}, x));
  CHECK(std::ranges::count(result, "sum") == 1);
}

TEST_CASE("a result takes no place whose content is still to be read in another shape") {
  const auto compute = [](const Tensor& a, const Tensor& b) {
    const Tensor made = matmul(a, b);
    const Tensor twice = reshape(made, {1, 3, 4}) * 2;
    return std::pair(twice + made, matmul(reshape(twice, {3, 4}), b));
  };
  const Tensor a = uneven({3, 4}), b = uneven({4, 4});
  const Tensor made = matmul(a, b);
  const auto [sum, product] = jit(compute)(a, b);
  CHECK(bits(sum) == bits(reshape(made * 2 + made, {1, 3, 4})));
  CHECK(bits(product) == bits(matmul(made * 2, b)));
}

TEST_CASE("fused steps give the bits of those they were made of, over one tile and many") {
  for (const Shape& shape : {Shape{5, 1},
                             {3, 7},
                             {40, 100},
                             {9, 33, 16},
                             {1300, 24},
                             {300, 10},
                             {2, 3000},
                             {300, 200},
                             {20000, 3},
                             {9001, 30}}) {
    INFO(to_string(shape));
    const Shape row{shape[shape.ndim() - 1]};
    Shape column = shape;
    column[shape.ndim() - 1] = 1;
    std::vector<int> leading;
    for (int i = 0; i + 1 < shape.ndim(); ++i) leading.push_back(i);
    const auto compute = [&](const Inputs& x, auto settle) {
      const Tensor centred = settle(x[0] - x[1]);
      const Tensor scaled = settle(centred * x[2]);
      const Tensor mask = settle(scaled <= 0);
      const Tensor chosen = settle(where(mask, 0, scaled));
      const Tensor wide = settle(astype(chosen, float64));
      const Tensor back = settle(astype(wide * 2, float32));
      return Inputs{chosen,
                    back,
                    mask,
                    sum(chosen, Axes(leading)),
                    sum(-scaled, Axes(leading)),
                    sum(x[0], Axes(leading)),
                    sum(settle(back * centred))};
    };
    const Inputs x{uneven(shape, 1), uneven(row, 2), uneven(column, 3)};
    const Inputs apart = compute(x, [](const Tensor& t) {
      evaluate(t);
      return t;
    });
    const auto together =
        jit([&](const Inputs& in) { return compute(in, [](const Tensor& t) { return t; }); });
    const int before = num_threads();
    for (const int threads : {1, 2}) {
      set_num_threads(threads);
      const Inputs results = together(x);
      for (std::size_t i = 0; i < results.size(); ++i) CHECK(bits(results[i]) == bits(apart[i]));
    }
    set_num_threads(before);
  }
}

TEST_CASE("two operations in one loop give the bits of one after the other") {
  using Operation = Tensor (*)(const Tensor&, const Tensor&);
  const Operation operations[] = {
      [](const Tensor& a, const Tensor& b) { return a + b; },
      [](const Tensor& a, const Tensor& b) { return a - b; },
      [](const Tensor& a, const Tensor& b) { return a * b; },
      [](const Tensor& a, const Tensor& b) { return maximum(a, b); },
  };
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor special = Tensor::from({0.f, -0.f, infinity, -infinity, nan, 1e38f, 1e-38f}, {7});
  for (const DType dtype : {float32, float64, int32}) {
    const auto typed = [&](const Tensor& t) { return astype(t, dtype); };
    const Tensor line = dtype == int32 ? uneven({7}, 3) : special;
    const Inputs x{typed(uneven({300, 7}, 1) * 9), typed(line), typed(uneven({300, 1}, 2) * 9)};
    for (const Operation first : operations) {
      for (const Operation second : operations) {
        const auto compute = [&](const Inputs& in, auto settle) {
          const Tensor a = settle(first(in[0], in[1])), b = settle(first(in[1], in[0]));
          const Tensor twice = settle(first(in[0], in[2]));
          return Inputs{second(a, in[2]), second(in[2], b), second(twice, twice)};
        };
        const Inputs apart = compute(x, [](const Tensor& t) {
          evaluate(t);
          return t;
        });
        const Inputs together = jit(
            [&](const Inputs& in) { return compute(in, [](const Tensor& t) { return t; }); })(x);
        for (std::size_t i = 0; i < together.size(); ++i) {
          CHECK(bits(together[i]) == bits(apart[i]));
        }
      }
    }
  }
}

TEST_CASE("nothing is computed that nobody reads") {
  const Inputs x = placeholders({{4}});
  Program program = close(Inputs{exp(x[0]), tanh(x[0])}, x).program;
  program.outputs.pop_back();
  CHECK(names(without_unused(std::move(program))) == Names{"exp"});
}

}  // namespace linseed::test
