// Modules made of functions.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/module/function_module.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

using Values = std::vector<double>;

const auto kScale = nn::module("Scale", [](const Tensor& x) {
  return x * nn::param("w", {x.dim(-1)}, nn::initializers::ones());
});

/// Uses it twice, once under a name.
const auto kTwice =
    nn::module("Twice", [](const Tensor& x) { return kScale.named("a")(kScale(x)); });

}  // namespace

TEST_CASE("a function is a module under the name it is given") {
  const auto [y, params] = kTwice.init(random::key(0), vector({1, 2}));
  CHECK(values(y) == Values{1, 2});
  CHECK(params.size() == 2);
  CHECK(params.contains("Scale_0"));
  CHECK(params.contains("a"));
  CHECK(values(kTwice.call({{"Scale_0", {{"w", vector({2, 2})}}}, {"a", {{"w", vector({3, 5})}}}},
                           vector({1, 2}))) == Values{6, 20});
}

TEST_CASE("a module made of a function has all that modules have") {
  const auto shared = nn::module("Shared", [](const Tensor& x) {
    const auto scale = kScale.shared();
    return scale(scale(x));
  });
  const auto created = shared.create_by_shape(random::key(0), {{{3, 2}}});
  CHECK(created.output.shape() == Shape{3, 2});
  const auto& model = created.model;
  CHECK(values(model.params["0"]["w"]) == Values{1, 1});

  const auto loss = [](const auto& m) { return sum(m(vector({1, 2}))); };
  CHECK(values(grad(loss)(model).params["0"]["w"]) == Values{2, 4});
  CHECK(values(jit(grad(loss))(model).params["0"]["w"]) == Values{2, 4});

  const auto bound = kScale.partial(vector({3, 4}));
  CHECK(values(bound.init(random::key(0)).output) == Values{3, 4});
}

TEST_CASE("a function module takes what its function takes") {
  const auto sum_of = nn::module(
      "Sum", [](const Tensor& a, float factor, const Tensor& b) { return a * factor + b; });
  CHECK(values(sum_of.call({}, vector({1}), 2.f, vector({3}))) == Values{5});
  using Sum = std::remove_cvref_t<decltype(sum_of)>;
  static_assert(nn::AppliesTo<Sum, Tensor, float, Tensor>);
  static_assert(!nn::AppliesTo<Sum, Tensor>);
  CHECK(breaks(ModuleRule::E1, [&] { sum_of(vector({1}), 2.f, vector({3})); }, {"Sum"}) == "");
}
