// Where a plan puts its values.
#include <linseed/framework/plan/plan.h>

#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

constexpr std::size_t kFloats = 1024;
constexpr std::size_t kBytes = kFloats * sizeof(float);

Tensor input() { return placeholder({{32, 32}, float32}, "test"); }

Plan plan_of(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs) {
  return make_plan(close(outputs, inputs).program);
}

BufferPtr filled(float value) {
  auto buffer = std::make_shared<Buffer>(kBytes);
  std::fill_n(static_cast<float*>(buffer->data()), kFloats, value);
  return buffer;
}

}  // namespace

TEST_CASE("a long element-wise chain works in one place") {
  const Tensor x = input();
  Tensor y = x;
  for (int i = 0; i < 100; ++i) y = tanh(y);
  CHECK(plan_of({y}, {x}).arena_bytes == kBytes);
}

TEST_CASE("a long chain that cannot work in place takes turns between two places") {
  const Tensor x = input();
  Tensor y = x;
  for (int i = 0; i < 101; ++i) y = transpose(y);
  CHECK(plan_of({y}, {x}).arena_bytes <= 2 * kBytes);
}

TEST_CASE("a place is used again by values of its size, unless the arena grows too much") {
  const auto flat = [](std::int64_t size) { return placeholder({{size}, float32}, "test"); };
  // Large, small and large again: a small one in the large one's place would be in the way of
  // others.
  const Tensor large = flat(4096), small = flat(4000);
  const Tensor first = transpose(reshape(large, {64, 64}));
  const Tensor between = transpose(reshape(small + max(first), {40, 100}));
  const Tensor last = transpose(reshape(large + max(between), {64, 64}));
  const Plan few = plan_of({max(last)}, {large, small});
  const std::size_t sizes = (4096 + 4000) * sizeof(float);
  CHECK(few.arena_bytes > sizes);  // neither size lies over the other
  // Each of another size: all side by side would be far more than the largest two.
  Tensor y = flat(30);
  const Tensor x = y;
  for (int i = 0; i < 30; ++i) y = concatenate({transpose(y), x}, 0);
  const Plan many = plan_of({max(y)}, {x});
  CHECK(many.arena_bytes < 3 * 31 * 30 * sizeof(float));
}

TEST_CASE("a value that is read late keeps its place until then") {
  const Tensor x = input();
  const Tensor early = exp(x);
  Tensor y = early;
  for (int i = 0; i < 50; ++i) y = tanh(y);
  const Plan plan = plan_of({y + early}, {x});
  CHECK(plan.arena_bytes >= 2 * kBytes);
  CHECK(plan.arena_bytes <= 3 * kBytes);
}

TEST_CASE("a reshaped value stays alive through its view") {
  const Tensor x = input();
  const Tensor first = exp(x);
  const Tensor view = reshape(first, {1024});
  const Tensor other = tanh(x) + 1;
  const Tensor y = sum(view) + sum(other) + sum(view * 2);
  const std::vector<BufferPtr> out = execute(plan_of({y}, {x}), {filled(0)});
  CHECK(*static_cast<const float*>(out[0]->data()) == 3 * 1024 + 1024);
}

TEST_CASE(
    "an output is written over an input that nobody reads any more, if the caller gave it up") {
  const Tensor x = input();
  const Plan plan = plan_of({exp(x) + 1}, {x});
  REQUIRE(plan.output_buffers.size() == 1);
  CHECK(plan.output_buffers[0].donor == 0);

  std::vector<BufferPtr> given{filled(0)};
  const void* place = given[0]->data();
  std::vector<BufferPtr> out = execute(plan, std::move(given));
  CHECK(out[0]->data() == place);
  CHECK(static_cast<const float*>(out[0]->data())[5] == 2);

  const BufferPtr kept = filled(0);
  out = execute(plan, {kept});
  CHECK(out[0] != kept);
  CHECK(static_cast<const float*>(kept->data())[5] == 0);
}

TEST_CASE("an input that is read after an output is made gives no memory to it") {
  const Tensor x = input();
  const Tensor first = transpose(x);
  const Tensor second = transpose(first) + x;
  const Plan plan = plan_of({first, second}, {x});
  CHECK(plan.output_buffers[0].donor == -1);
  CHECK(plan.output_buffers[1].donor == 0);
}

TEST_CASE("two outputs never share one input's memory") {
  const Tensor x = input();
  const Plan plan = plan_of({x + 1, x * 2}, {x});
  int donations = 0;
  for (const auto& output : plan.output_buffers) donations += output.donor == 0;
  CHECK(donations <= 1);
  const std::vector<BufferPtr> out = execute(plan, {filled(3)});
  CHECK(static_cast<const float*>(out[0]->data())[0] == 4);
  CHECK(static_cast<const float*>(out[1]->data())[0] == 6);
}

TEST_CASE("an input may be an output, twice, and through a view") {
  const Tensor x = input();
  const std::vector<BufferPtr> out =
      execute(plan_of({x, reshape(x, {1024}), x + 1, x}, {x}), {filled(3)});
  REQUIRE(out.size() == 4);
  CHECK(out[0] == out[1]);
  CHECK(out[0] == out[3]);
  CHECK(static_cast<const float*>(out[0]->data())[0] == 3);
  CHECK(static_cast<const float*>(out[2]->data())[0] == 4);
}

TEST_CASE("an input that is never read is accepted") {
  const Tensor x = input();
  const Tensor unused = input();
  const std::vector<BufferPtr> out = execute(plan_of({x + 1}, {unused, x}), {filled(0), filled(3)});
  CHECK(static_cast<const float*>(out[0]->data())[0] == 4);
}

TEST_CASE("a broadcast operand is not written over") {
  const Tensor x = input();
  const Tensor row = placeholder({{32}, float32}, "test");
  const Tensor wide = exp(row) + exp(x);  // exp(row) is a temporary smaller than the result
  const Tensor y = wide * exp(row);
  auto row_buffer = std::make_shared<Buffer>(32 * sizeof(float));
  std::fill_n(static_cast<float*>(row_buffer->data()), 32, 0.F);
  const std::vector<BufferPtr> out = execute(plan_of({y}, {x, row}), {filled(0), row_buffer});
  for (std::size_t i = 0; i < kFloats; ++i) {
    REQUIRE(static_cast<const float*>(out[0]->data())[i] == 2);
  }
}

TEST_CASE("a plan refuses a wrong number of buffers") {
  const Tensor x = input();
  CHECK_THROWS_AS(execute(plan_of({x + 1}, {x}), {}), InternalError);
}

TEST_CASE("a plan prints its steps and places") {
  const Tensor x = input();
  const std::string text = to_string(plan_of({sum(exp(x))}, {x}));
  CHECK_THAT(text, Catch::Contains("arena 4096 bytes") && Catch::Contains("exp %0:input+0") &&
                       Catch::Contains(":output+0 = sum"));
}

}  // namespace linseed::test
