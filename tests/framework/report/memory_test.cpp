// The memory of a plan, step by step.
#include <linseed/framework/report/memory_internal.h>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/passes.h>

namespace linseed::test {
namespace {

constexpr double kBytes = 4096;

Tensor input() { return placeholder({{32, 32}, float32}, "test"); }

Plan plan_of(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs) {
  return make_plan(close(outputs, inputs).program);
}

std::vector<double> alive(const Plan& plan) {
  std::vector<double> all;
  for (const StepMemory& step : memory_of_steps(plan)) all.push_back(step.alive / kBytes);
  return all;
}

std::vector<double> taken(const Plan& plan) {
  std::vector<double> all;
  for (const StepMemory& step : memory_of_steps(plan)) all.push_back(step.taken / kBytes);
  return all;
}

using List = std::vector<double>;

}  // namespace

TEST_CASE("what is alive are inputs, results that are made, and values that are still read") {
  const Tensor x = input();
  const Tensor unread = input();
  const Tensor early = transpose(x);
  const Tensor late = transpose(exp(transpose(early)));
  const Plan plan = plan_of({late + early}, {x, unread});
  // transpose, transpose, exp in its place, transpose, and the sum, a result, beside both.
  CHECK(alive(plan) == List{2, 3, 3, 4, 4});
}

TEST_CASE("what is taken stays, and ends as what the executor takes") {
  const Tensor x = input();
  const Tensor third = transpose(transpose(transpose(x)));
  const Plan plan = plan_of({transpose(third)}, {x});
  CHECK(alive(plan) == List{2, 3, 3, 3});
  CHECK(taken(plan) == List{2, 3, 3, 4});  // two places of the arena, one of which is free by then
  REQUIRE(plan.output_buffers.size() == 1);
  CHECK(static_cast<double>(plan.arena_bytes + plan.output_buffers[0].bytes) == 3 * kBytes);
}

TEST_CASE("what runs inside of a step counts while it runs") {
  const auto body = [](const Tensor& carry, const Tensor& x) {
    return std::pair(transpose(transpose(transpose(carry))) + x, std::tuple<>{});
  };
  const Tensor x = input();
  const Tensor xs = placeholder({{3, 32, 32}, float32}, "test");
  const Plan plan = plan_of({exp(scan(body, x, xs).first)}, {x, xs});
  REQUIRE(plan.nested.size() == 1);
  const auto& [step, nested] = *plan.nested.begin();
  const double inner = static_cast<double>(nested.plans.at(0).arena_bytes) / kBytes;
  CHECK(inner >= 2);
  // The inputs, the scan's result and what is inside; then the exponential in place of the latter.
  CHECK(alive(plan).at(static_cast<std::size_t>(step)) == 4 + 1 + inner);
  CHECK(alive(plan).back() == 4 + 1 + 1);
  CHECK(taken(plan).back() == 4 + 1 + static_cast<double>(plan.arena_bytes) / kBytes);
}

}  // namespace linseed::test
