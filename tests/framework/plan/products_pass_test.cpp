// Matrix products that are worked on as their blocks are made: which are, and that results keep
// their bits.
#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/plan/passes.h>
#include <linseed/tests/support/compiled_bits.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Inputs = std::vector<Tensor>;

Tensor input(Shape shape, DType dtype = float32) {
  return placeholder({std::move(shape), dtype}, "test");
}

/// Whether the product is computed by the step that reads it.
bool is_joined(const Inputs& outputs, const Inputs& inputs) {
  const Program program = optimize(close(outputs, inputs).program);
  const auto count = [&](std::string_view name) {
    return std::ranges::count_if(
        program.steps, [&](const Program::Step& step) { return step.primitive->name == name; });
  };
  CHECK(count("matmul") + count("fused_matmul") == 1);
  return count("fused_matmul") == 1;
}

/// A weight and its momentum after a step of gradient descent on Σ (x · w)².
Inputs train(const Tensor& w, const Tensor& momentum, const Tensor& x) {
  const Tensor gradient = grad([&](const Tensor& t) {
    const Tensor y = matmul(x, t);
    return sum(y * y);
  })(w);
  const Tensor moved = momentum * 0.9F + gradient;
  return {w - moved * 0.125F, moved};
}

}  // namespace

TEST_CASE(
    "a high product of few terms, larger than a second-level cache, is worked on as it is made") {
  const auto updated = [](const Tensor& x, const Tensor& y) { return matmul(x, y) * 2 + 1; };
  const Tensor a = input({1100, 7}), b = input({7, 1000}), whole = input({1100, 1000});
  CHECK(is_joined({updated(a, b)}, {a, b}));
  // op(a) and op(b) as gradients have them.
  const Tensor x = input({7, 1100}), w = input({1000, 7});
  const auto of_w = grad([&](const Tensor& t) { return sum(matmul(x, t) * b); });
  const auto of_x = grad([&](const Tensor& t) { return sum(matmul(t, w) * a); });
  CHECK(is_joined({of_w(whole) * 2 + 1}, {whole, x, b}));
  CHECK_FALSE(is_joined({of_x(whole) * 2 + 1}, {whole, w, a}));
  const Tensor halves = input({600, 7}, float64), others = input({7, 1000}, float64);
  CHECK(is_joined({updated(halves, others)}, {halves, others}));

  const Tensor fewer = input({120, 7}), deep = input({1100, 140}), high = input({140, 1000});
  CHECK_FALSE(is_joined({updated(fewer, b)}, {fewer, b}));      // stays in a cache
  CHECK_FALSE(is_joined({updated(deep, high)}, {deep, high}));  // does not
  const Tensor very_tall = input({70'000, 7}), thin = input({7, 15});
  CHECK_FALSE(is_joined({updated(very_tall, thin)}, {very_tall, thin}));  // less than a vector
  const Tensor low = input({90, 7}), wide = input({7, 12'000});
  CHECK_FALSE(is_joined({updated(low, wide)}, {low, wide}));  // in too few blocks
  const Tensor product = matmul(a, b);
  CHECK_FALSE(is_joined({product * 2 + 1, product}, {a, b}));
  CHECK_FALSE(is_joined({product * 2 + 1, sum(product)}, {a, b}));
  CHECK_FALSE(is_joined({reshape(product, {-1}) * 2 + 1}, {a, b}));
  const Tensor pixels = input({784, 32}), hidden = input({32, 256});  // of a first layer
  CHECK(is_joined({updated(pixels, hidden)}, {pixels, hidden}));
  const Tensor tall = input({16'400, 7}), narrow = input({7, 64});
  CHECK(is_joined({updated(tall, narrow)}, {tall, narrow}));
  CHECK_FALSE(is_joined({sum(updated(tall, narrow), {0})}, {tall, narrow}));
}

TEST_CASE("a wide layer's weight is updated with the same bits as its gradient is made") {
  for (const DType dtype : {float32, float64}) {
    const Inputs x{astype(uneven({1100, 1000}, 1), dtype), astype(uneven({1100, 1000}, 2), dtype),
                   astype(uneven({5, 1100}, 3), dtype)};
    check_bits([](const Inputs& in) { return train(in[0], in[1], in[2]); }, x);
  }
}

TEST_CASE("what is made of a product may take the place of its factor") {
  const Inputs x{uneven({3000, 350}, 1), uneven({350, 350}, 2), uneven({350}, 3)};
  const auto function = [](const Inputs& in) {
    const Tensor a = in[0] * in[2];
    return Inputs{flip(matmul(flip(a, {0}), in[1]) * in[2] + flip(a, {0}), {0})};
  };
  check_bits(function, x);
  check_bits([](const Inputs& in) { return Inputs{matmul(in[0], in[1]) * in[2] + in[0]}; }, x);
  // Of one that is transposed, each block reads rows that are far from its own.
  check_bits(
      [](const Inputs& in) {
        const Tensor t = flip(in[0] * 2 + 1, {0}), a = reshape(t, {350, 3000});
        const auto f = [&](const Tensor& w) { return sum(matmul(a, w) * in[1]); };
        const Tensor product = grad(f)(zeros({3000, 350}));
        return Inputs{flip(product * 2 + t, {0})};
      },
      x);
}

TEST_CASE("buffers that are given up hold the updated parameters") {
  const Inputs x{uneven({1100, 1000}, 1), uneven({1100, 1000}, 2), uneven({5, 1100}, 3)};
  const Inputs expected = train(x[0], x[1], x[2]);
  Tensor w = x[0] + 0, momentum = x[1] + 0;
  evaluate(std::pair(w, momentum));
  const std::set places{w.data<float>().data(), momentum.data<float>().data()};
  const auto step = jit([](Tensor weight, Tensor old, const Tensor& images) {
    const Inputs results = train(weight, old, images);
    return std::pair(results[0], results[1]);
  });
  std::tie(w, momentum) = step(std::move(w), std::move(momentum), x[2]);
  CHECK((bits(w) == bits(expected[0])));
  CHECK((bits(momentum) == bits(expected[1])));
  CHECK((std::set{w.data<float>().data(), momentum.data<float>().data()} == places));
}

}  // namespace linseed::test
