// What is computed while a program is planned.
#include <cmath>

#include <catch2/catch.hpp>

#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/plan/passes.h>
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

}  // namespace

TEST_CASE("what is the same in every run is computed once") {
  const Inputs x = placeholders({{4, 3}});
  const auto folded = [&](const Inputs& outputs) {
    return fold_constants(deduplicate(close(outputs, x).program));
  };
  const auto number = [](const Program& program, std::size_t step) {
    return program.steps[step].attributes.as<kernels::FillAttributes>();
  };
  const Tensor third = Tensor(1.F) / 3.F, ten = exp(sqrt(Tensor(2.F))) + third;
  const Program scaled = folded({x[0] * ten});
  CHECK(names(scaled) == Names{"fill", "multiply"});
  CHECK(static_cast<float>(number(scaled, 0).floating) == ten.item<float>());

  const Program whole = folded({x[0] + astype(Tensor(7) - 4, float32), full({4, 3}, 2.F) * 3.F});
  CHECK(names(whole) == Names{"fill", "add", "fill"});
  CHECK(number(whole, 0).floating == 3);
  CHECK(number(whole, 2) == kernels::FillAttributes{6, 0, {{4, 3}, float32}});
  CHECK(number(folded({Tensor(std::int64_t{1}) * 5}), 0).integer == 5);
  CHECK(number(folded({Tensor(1) <= 2}), 0).floating == 1);

  CHECK(std::isinf(number(folded({log(Tensor(0.F))}), 0).floating));
  CHECK(std::isnan(number(folded({sqrt(Tensor(-1.F))}), 0).floating));
  // Subnormal numbers are 0, as in every run.
  CHECK(number(folded({Tensor(1e-30F) * 1e-10F}), 0).floating == 0);
  // What would be larger than what it is made of is made where it is read.
  CHECK(contains(names(folded({x[0] + full({4, 1}, 2.F) * full({3}, 3.F)})), "multiply"));
  CHECK(names(folded({exp(x[0])})) == Names{"exp"});
}

TEST_CASE("how many elements a mean is of is a constant, but where a mask says it") {
  const Inputs x = placeholders({{4, 3, 5}, {4}});
  const auto steps = [&](const Moments& of) {
    const Tensor variance = of.m2 / maximum(of.count, 1);
    return fold_constants(deduplicate(close(Inputs{of.mean, variance}, x).program));
  };
  const Program plain = steps(moments(x[0], {0, 2}));
  CHECK(names(plain) == Names{"moments", "fill", "divide"});
  CHECK(plain.steps[1].attributes.as<kernels::FillAttributes>().floating == 20);
  CHECK(contains(names(steps(moments(x[0], {0}, x[1]))), "maximum"));

  const Tensor empty = zeros({0, 3}), thin = zeros({3, 0});
  const auto counts = jit([](const Inputs& in) {
    return Inputs{moments(in[0], {0}).count + 0, moments(in[1], {0}).count + 0};
  })(Inputs{empty, thin});
  CHECK(counts[0].item<float>() == 0);
  CHECK(counts[1].item<float>() == 3);
}

}  // namespace linseed::test
