// Walks all rows: whoever adds a primitive adds a sample (tests/support/samples.cpp), and this file
// tests its type rule, its derivative and the derivative of that.
#include <linseed/framework/ops/table.h>

#include <set>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/graph/program.h>
#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/tests/support/samples.h>

namespace linseed::test {
namespace {

/// An application of a primitive, and what its type rule said of it.
struct Use {
  std::vector<TensorSpec> inputs;
  Attributes attributes;
  std::vector<TensorSpec> outputs;
};

/// The steps of `program`, and of the programs inside of it, that apply `primitive`.
void add_uses(const Primitive& primitive, const Program& program, std::vector<Use>& uses) {
  const auto specs = [&](const std::vector<int>& values) {
    std::vector<TensorSpec> result;
    for (const int value : values) result.push_back(program.spec(value));
    return result;
  };
  for (const Program::Step& step : program.steps) {
    if (step.primitive == &primitive) {
      uses.push_back({specs(step.inputs), step.attributes, specs(step.outputs)});
    }
    if (step.primitive->programs == nullptr) continue;
    for (const Program* nested : step.primitive->programs(step.attributes)) {
      add_uses(primitive, *nested, uses);
    }
  }
}

std::vector<Use> uses_of(const Primitive& primitive, const Tensor& tensor) {
  std::vector<Use> uses;
  add_uses(primitive, close(std::span(&tensor, 1), {}).program, uses);
  return uses;
}

/// Checks declared outputs against the type rule, and against what evaluation leaves.
void check_types(const Primitive& primitive, const Tensor& result) {
  for (const Use& use : uses_of(primitive, result)) {
    CHECK(primitive.type(use.inputs, use.attributes) == use.outputs);
  }
  std::vector<Tensor> all{result};
  for (const auto& node : close(std::span(&result, 1), {}).nodes) {
    if (node->primitive != &primitive) continue;
    for (int i = 0; i < static_cast<int>(node->outputs.size()); ++i) all.emplace_back(node, i);
  }
  evaluate(all);
  for (const Tensor& tensor : all) {
    REQUIRE(tensor.is_evaluated());
    const auto& buffer = tensor.node()->buffers[static_cast<std::size_t>(tensor.output())];
    CHECK(buffer->bytes() >= static_cast<std::size_t>(tensor.size()) * size_of(tensor.dtype()));
  }
}

}  // namespace

TEST_CASE("primitives have different names, a way to compute and a word about derivatives") {
  std::set<std::string_view> names;
  for (const Primitive* primitive : all_primitives()) {
    INFO(primitive->name);
    CHECK(names.insert(primitive->name).second);
    const int ways = (primitive->kernel != nullptr) + (primitive->joint_kernel != nullptr) +
                     primitive->shares_buffer;
    CHECK(ways == 1);
    const bool says = primitive->derivative != nullptr || primitive->stops_derivatives;
    CHECK(says == primitive->no_derivative.empty());
  }
  CHECK(names.size() <= 69);  // a row more is a decision: could it be a composition?
}

TEST_CASE("every primitive has a sample, and the sample uses it") {
  for (const Primitive* primitive : all_primitives()) {
    INFO(primitive->name);
    const auto samples = samples_of(primitive->name);
    CHECK_FALSE(samples.empty());
    for (const Sample& sample : samples) {
      INFO(sample.about);
      CHECK_FALSE(uses_of(*primitive, sample.build(sample.inputs)).empty());
    }
  }
}

TEST_CASE("every primitive computes what its type rule says") {
  for (const Primitive* primitive : all_primitives()) {
    for (const Sample& sample : samples_of(primitive->name)) {
      INFO(primitive->name << ", " << sample.about);
      const Tensor result = sample.build(sample.inputs);
      check_types(*primitive, result);
    }
  }
}

TEST_CASE("every primitive takes empty inputs where they mean something") {
  for (const Primitive* primitive : all_primitives()) {
    for (const Sample& sample : samples_of(primitive->name)) {
      if (sample.empty_inputs.empty()) continue;
      INFO(primitive->name << ", " << sample.about);
      const Tensor result = sample.build(sample.empty_inputs);
      check_types(*primitive, result);
      if (primitive->derivative == nullptr || !is_floating(result.dtype())) continue;
      const auto loss = [&](const std::vector<Tensor>& x) { return sum(sample.build(x)); };
      const auto gradients = grad(loss)(sample.empty_inputs);
      evaluate(gradients);
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        CHECK(gradients[i].spec() == sample.empty_inputs[i].spec());
      }
    }
  }
}

TEST_CASE("every derivative equals central differences") {
  for (const Primitive* primitive : all_primitives()) {
    if (primitive->derivative == nullptr) continue;
    for (const Sample& sample : samples_of(primitive->name)) {
      INFO(primitive->name << ", " << sample.about);
      if (sample.differences == Differences::apply) {
        CHECK(first_derivative_error(sample.build, sample.inputs).worst <= 1);
      }
    }
  }
}

TEST_CASE("every derivative can be differentiated again") {
  for (const Primitive* primitive : all_primitives()) {
    if (primitive->derivative == nullptr) continue;
    for (const Sample& sample : samples_of(primitive->name)) {
      INFO(primitive->name << ", " << sample.about);
      if (sample.differences == Differences::apply) {
        CHECK(second_derivative_error(sample.build, sample.inputs).worst <= 1);
      }
    }
  }
}

TEST_CASE("a primitive without a derivative says why where a cotangent reaches it") {
  for (const Primitive* primitive : all_primitives()) {
    if (primitive->derivative != nullptr || primitive->stops_derivatives) continue;
    INFO(primitive->name);
    CHECK_FALSE(primitive->no_derivative.empty());
    const Sample sample = samples_of(primitive->name).front();
    if (sample.differences == Differences::no_floating_way) continue;
    const auto loss = [&](const std::vector<Tensor>& x) { return sum(sample.build(x)); };
    CHECK_THROWS_AS(grad(loss)(sample.inputs), NotSupported);
    CHECK_THROWS_WITH(grad(loss)(sample.inputs),
                      Catch::Contains(std::string(primitive->no_derivative)));
  }
}

TEST_CASE("a result that is not floating passes no cotangent on") {
  for (const Primitive* primitive : all_primitives()) {
    for (const Sample& sample : samples_of(primitive->name)) {
      if (sample.differences != Differences::no_floating_way) continue;
      if (is_floating(sample.build(sample.inputs).dtype())) continue;
      INFO(primitive->name << ", " << sample.about);
      const auto loss = [&](const std::vector<Tensor>& x) {
        return sum(astype(sample.build(x), float64)) + sum(x[0]);
      };
      const std::vector<Tensor> gradients = grad(loss)(sample.inputs);
      for (const double g : gradients[0].data<double>()) CHECK(g == 1);
    }
  }
}

TEST_CASE("no derivative flows through stop_gradient, and its value does") {
  const Tensor x = Tensor::from({1.0, 2.0}, {2});
  CHECK(stop_gradient(x).data<double>()[1] == 2);
  const auto loss = [](const Tensor& t) { return sum(stop_gradient(t) * t); };
  const Tensor gradient = grad(loss)(x);
  CHECK(gradient.data<double>()[0] == 1);
  CHECK(gradient.data<double>()[1] == 2);
}

TEST_CASE("what stands behind stop_gradient needs no derivative") {
  const auto loss = [](const Tensor& t) { return sum(t * floor_divide(stop_gradient(t), 1.0)); };
  CHECK(grad(loss)(Tensor::from({2.5}, {1})).data<double>()[0] == 2);
}

TEST_CASE("a cast to float32 hands the cotangent back in float64") {
  const auto loss = [](const Tensor& t) { return sum(astype(t, float32) * 3.F); };
  const Tensor gradient = grad(loss)(Tensor::from({1.0, 2.0}, {2}));
  CHECK(gradient.dtype() == float64);
  CHECK(gradient.data<double>()[1] == 3);
}

namespace {

/// y = −x with a derivative that forgets the sign, or doubles what it is given.
const Primitive kWrongSign{
    .name = "wrong_sign",
    .type = [](std::span<const TensorSpec> in, const Attributes&) -> std::vector<TensorSpec> {
      return {in[0]};
    },
    .kernel = kernels::elementwise<kernels::negative>,
    .loop = kernels::negative,
    .derivative = [](const Backward& b) -> std::vector<Tensor> { return {b.cotangent()}; },
};

/// y = exp x with a right derivative that cannot be differentiated rightly: it stops at y.
const Primitive kWrongSecond{
    .name = "wrong_second",
    .type = [](std::span<const TensorSpec> in, const Attributes&) -> std::vector<TensorSpec> {
      return {in[0]};
    },
    .kernel = kernels::elementwise<kernels::exponential>,
    .loop = kernels::exponential,
    .derivative = [](const Backward& b) -> std::vector<Tensor> {
      return {b.cotangent() * stop_gradient(b.output())};
    },
};

}  // namespace

TEST_CASE("the check sees a wrong derivative") {
  const std::vector<Tensor> inputs{spread_values({3}, 0.5, 2)};
  const auto wrong = [](const std::vector<Tensor>& x) { return apply(kWrongSign, {x[0]}); };
  CHECK_FALSE(first_derivative_error(wrong, inputs).passes());

  const auto wrong_later = [](const std::vector<Tensor>& x) { return apply(kWrongSecond, {x[0]}); };
  CHECK(first_derivative_error(wrong_later, inputs).passes());
  CHECK_FALSE(second_derivative_error(wrong_later, inputs).passes());
}

TEST_CASE("the check sees a derivative that is off by one in a thousand, and NaN") {
  const std::vector<Tensor> inputs{spread_values({3}, 0.5, 2)};
  const auto slightly = [](const std::vector<Tensor>& x) {
    return x[0] * 0.001 + stop_gradient(x[0] * 0.999) + stop_gradient(x[0] * 0.001);
  };
  CHECK_FALSE(first_derivative_error(slightly, inputs).passes());
  const auto not_a_number = [](const std::vector<Tensor>& x) {
    return where(less(x[0], 10), x[0], log(x[0] - 10.0)) * sqrt(x[0] - 10.0);
  };
  CHECK_FALSE(first_derivative_error(not_a_number, inputs).passes());
}

}  // namespace linseed::test
