// Closing graphs, their text, and attributes.
#include <linseed/framework/graph/program.h>

#include <cstring>

#include <catch2/catch.hpp>

#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/plan.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

Tensor input(Shape shape = {2}) { return placeholder({std::move(shape), float32}, "test"); }

Program program_of(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs) {
  return close(outputs, inputs).program;
}

}  // namespace

TEST_CASE("closing a diamond visits each node once") {
  const Tensor x = input();
  Tensor y = exp(x);
  for (int i = 0; i < 60; ++i) y = y + y;  // 2^60 ways to x
  const Program program = program_of({y}, {x});
  CHECK(program.steps.size() == 61);
  CHECK(program.values.size() == 62);
}

TEST_CASE("every step of a closed graph follows what it reads") {
  const Tensor x = input();
  const Tensor a = exp(x);
  const Tensor b = tanh(x);
  const Program program = program_of({b, a * b + x, a}, {x});
  std::vector<bool> defined(program.values.size(), false);
  for (const int value : program.inputs) defined[static_cast<std::size_t>(value)] = true;
  for (const Program::Step& step : program.steps) {
    for (const int value : step.inputs) CHECK(defined[static_cast<std::size_t>(value)]);
    for (const int value : step.outputs) defined[static_cast<std::size_t>(value)] = true;
  }
  CHECK(program.steps.size() == 4);
  CHECK(program.outputs.size() == 3);
}

TEST_CASE("evaluated tensors become captured values, each once") {
  const Tensor x = input();
  const Tensor table = vector({1, 2});
  const Program program = program_of({x * table + table}, {x});
  REQUIRE(program.captured.size() == 1);
  CHECK(program.captured[0].node() == table.node());
  CHECK(program.steps.size() == 2);
}

TEST_CASE("the outputs of one node are values of one step") {
  const Tensor x = input();
  const auto [count, mean, m2] = moments(x, {});
  const Program program = program_of({m2, mean}, {x});
  REQUIRE(program.steps.size() == 1);
  CHECK(program.steps[0].outputs.size() == 3);
  CHECK(program.outputs[0] == program.steps[0].outputs[2]);
  CHECK(program.outputs[1] == program.steps[0].outputs[1]);
}

TEST_CASE("a placeholder that is no input is an error") {
  const Tensor x = input();
  const Tensor stranger = input();
  CHECK_THROWS_WITH(program_of({x + stranger}, {x}),
                    Catch::Contains("another trace") && Catch::Contains("[2] float32"));
}

TEST_CASE("a program prints its steps with types") {
  const Tensor x = input();
  CHECK(to_string(program_of({sum(x + vector({1, 2}))}, {x})) ==
        "%0 = input [2] float32\n"
        "%1 = captured [2] float32\n"
        "%2 = add %0, %1  [2] float32\n"
        "%3 = sum %2  [] float32  {axes=[0]}\n"
        "outputs %3\n");
}

namespace {

struct Window {
  int size;
  bool operator==(const Window&) const = default;
};
struct Stride {
  int size;
  bool operator==(const Stride&) const = default;
};

/// Attributes that hold a program; two are equal if it is the same one.
struct Body {
  std::shared_ptr<const Program> program;
  bool operator==(const Body&) const = default;
};

/// Runs its body on its inputs.
const Primitive kCall{
    .name = "call",
    .type = [](std::span<const TensorSpec>, const Attributes& a) -> std::vector<TensorSpec> {
      const Program& program = *a.as<Body>().program;
      std::vector<TensorSpec> types;
      for (const int value : program.outputs) {
        types.push_back(program.values[static_cast<std::size_t>(value)]);
      }
      return types;
    },
    .kernel =
        [](const KernelCall& call) {
          const auto bytes = [](const Array& array) {
            return static_cast<std::size_t>(array.size()) * size_of(array.dtype);
          };
          std::vector<BufferPtr> inputs;
          for (const Array& input : call.inputs) {
            inputs.push_back(std::make_shared<Buffer>(bytes(input)));
            std::memcpy(inputs.back()->data(), input.data, bytes(input));
          }
          const auto& body = call.attributes_as<Body>();
          const auto outputs = execute(make_plan(*body.program), std::move(inputs));
          for (std::size_t i = 0; i < outputs.size(); ++i) {
            std::memcpy(call.outputs[i].data, outputs[i]->data(), bytes(call.outputs[i]));
          }
        },
    .no_derivative = "it is a test",
};

}  // namespace

TEST_CASE("attributes are equal if type and value are") {
  CHECK(Attributes(Window{2}) == Attributes(Window{2}));
  CHECK_FALSE(Attributes(Window{2}) == Attributes(Window{3}));
  CHECK_FALSE(Attributes(Window{2}) == Attributes(Stride{2}));
  CHECK(Attributes() == Attributes());
  CHECK_FALSE(Attributes() == Attributes(Window{2}));
  const Attributes one{Window{5}};
  const Attributes copy = one;
  CHECK(copy == one);
  CHECK(copy.as<Window>().size == 5);
}

TEST_CASE("attributes may hold a program, which its kernel runs") {
  const Tensor x = input({});
  const auto twice = std::make_shared<const Program>(program_of({x * 2, exp(x)}, {x}));
  const auto again = std::make_shared<const Program>(program_of({x * 2, exp(x)}, {x}));
  CHECK(Attributes(Body{twice}) == Attributes(Body{twice}));
  CHECK_FALSE(Attributes(Body{twice}) == Attributes(Body{again}));

  const auto results = apply_all(kCall, {Tensor(3.F) - 3}, Body{twice});
  REQUIRE(results.size() == 2);
  CHECK(results[0].item<float>() == 0);
  CHECK(results[1].item<float>() == 1);
  const auto outer = apply_all(kCall, {results[1] + 1}, Body{twice});
  CHECK(outer[0].item<float>() == 4);
  CHECK_THAT(to_string(program_of({apply(kCall, {x}, Body{twice})}, {x})),
             Catch::Contains("%1, %2 = call %0"));
}

}  // namespace linseed::test
