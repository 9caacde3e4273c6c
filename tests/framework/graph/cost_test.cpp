// FLOPs and bytes of steps, by hand.
#include <linseed/framework/graph/cost.h>

#include <cmath>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/checkpoint.h>
#include <linseed/framework/autodiff/cond.h>
#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/ops/convolution.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/pooling.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/table.h>
#include <linseed/tests/support/samples.h>

namespace linseed::test {
namespace {

Program program_of(const Tensor& tensor) { return close(std::span(&tensor, 1), {}).program; }

/// The FLOPs of the graph behind `tensor`, whose leaves are made of nothing: those count none.
double flops(const Tensor& tensor) { return flops_of(program_of(tensor)); }

Cost last_cost(const Tensor& tensor) {
  const Program program = program_of(tensor);
  return cost_of(program, program.steps.back());
}

}  // namespace

TEST_CASE("a convolution counts 2 for each multiplication that is none with padding") {
  const Tensor x = ones({2, 4, 4, 1});
  const Tensor kernel = ones({3, 3, 1, 5});
  // Along each dimension the four positions of the window have 2, 3, 3 and 2 places inside.
  CHECK(flops(convolution(x, kernel, {.padding = "SAME"})) == 2 * 2 * (10 * 10) * 5);
  CHECK(flops(convolution(x, kernel, {.padding = "VALID"})) == 2 * 2 * (6 * 6) * 5);
  // The positions −1 and 1: 2 and 3 places.
  CHECK(flops(convolution(x, kernel, {.strides = {2, 2}, .padding = {{1, 1}, {1, 1}}})) ==
        2 * 2 * (5 * 5) * 5);
  // Two channels of 6 in each of 3 groups.
  const Tensor grouped = convolution(ones({1, 4, 4, 6}), ones({1, 1, 2, 9}), {.groups = 3});
  CHECK(flops(grouped) == 2 * 16 * 2 * 9);
}

TEST_CASE("the gradients of a convolution count what it counts") {
  const Tensor x = ones({2, 4, 4, 3});
  const Tensor kernel = ones({3, 3, 3, 5});
  const auto f = [](const Tensor& a, const Tensor& b) {
    return convolution(a, b, {.strides = {2, 2}, .padding = {{1, 1}, {1, 1}}});
  };
  const auto of_kernel = [&](const Tensor& k) { return f(x, k); };
  const Tensor y_bar = ones({2, 2, 2, 5});
  const double forward = 2 * 2 * (5 * 5) * 3 * 5;
  CHECK(flops(f(x, kernel)) == forward);
  CHECK(last_cost(vjp(f, x, kernel).second(y_bar)).flops == forward);
  CHECK(last_cost(vjp(of_kernel, kernel).second(y_bar)).flops == forward);
}

TEST_CASE("a matrix product counts 2 for each multiplication, however its factors are read") {
  const Tensor a = ones({2, 3});
  const Tensor b = ones({3, 4});
  CHECK(flops(matmul(a, b)) == 2 * 2 * 3 * 4);
  CHECK(flops(matmul(ones({5, 2, 3}), ones({5, 3, 4}))) == 2 * 5 * 2 * 3 * 4);
  const auto by_b = [&](const Tensor& x) { return matmul(x, b); };
  const auto of_a = [&](const Tensor& w) { return matmul(a, w); };
  CHECK(last_cost(vjp(by_b, a).second(ones({2, 4}))).flops == 2 * 2 * 3 * 4);
  CHECK(last_cost(vjp(of_a, b).second(ones({2, 4}))).flops == 2 * 2 * 3 * 4);
}

TEST_CASE("other steps count 1 for each element, of windows for each of theirs, moments 4") {
  CHECK(flops(ones({3, 1}) + ones({1, 4})) == 12);
  CHECK(flops(sum(ones({3, 4}))) == 12);
  CHECK(flops(moments(ones({3, 4}), {0}).mean) == 48);
  CHECK(flops(max_pool(ones({1, 4, 4, 2}), {2, 2}, {2, 2})) == 32);
  CHECK(flops(sum_pool(ones({1, 4, 4, 2}), {3, 3})) == 4 * 9 * 2);
  CHECK(flops(transpose(ones({3, 4}))) == 0);
  CHECK(flops(reshape(ones({3, 4}), {12})) == 0);
  CHECK(flops(arange(7)) == 0);
}

TEST_CASE("bytes are those of inputs and outputs, and none where memory is shared") {
  CHECK(last_cost(matmul(ones({2, 3}), ones({3, 4}))).bytes == 4 * (6 + 12 + 8));
  CHECK(last_cost(astype(ones({5}), float64)).bytes == 5 * (4 + 8));
  CHECK(last_cost(reshape(ones({3, 4}), {12})).bytes == 0);
}

TEST_CASE("a step that runs programs counts their steps as often as they run") {
  const auto body = [](const Tensor& carry, const Tensor& x) {
    return std::pair(carry * x + x, carry);
  };
  CHECK(flops(scan(body, ones({3}), ones({10, 3})).first) == 10 * (3 + 3));
  const auto dear = [](const Tensor& x) { return x * x + x; };
  const auto cheap = [](const Tensor& x) { return -x; };
  CHECK(flops(cond(full({}, true, bool_), dear, cheap, ones({5}))) == 10);
  CHECK(flops(checkpoint(dear)(ones({5}))) == 10);
}

TEST_CASE("every row says a finite number of FLOPs for its samples") {
  for (const Primitive* primitive : all_primitives()) {
    for (const Sample& sample : samples_of(primitive->name)) {
      INFO(primitive->name << ": " << sample.about);
      const Program program = program_of(sample.build(sample.inputs));
      double total = 0;
      for (const Program::Step& step : program.steps) {
        const Cost cost = cost_of(program, step);
        CHECK((std::isfinite(cost.flops) && cost.flops >= 0 && cost.bytes >= 0));
        total += cost.flops;
      }
      CHECK(total == flops_of(program));
    }
  }
}

}  // namespace linseed::test
