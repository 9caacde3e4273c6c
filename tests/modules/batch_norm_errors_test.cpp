// BatchNorm's options, its state, and what it refuses.
#include <catch2/catch.hpp>

#include <limits>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/dense.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

Tree params() { return {{"scale", ones({2})}, {"bias", zeros({2})}}; }
Tensor batch() { return uneven({4, 2}); }
nn::Collection fresh() {
  return nn::Collection(Tree{{"/", {{"mean", zeros({2})}, {"var", ones({2})}}}});
}
const nn::BatchNorm kEval{.use_running_average = true};

/// init of `layer` on a batch of `shape`.
auto on(const nn::BatchNorm& layer, const Shape& shape) {
  return [=] { layer.init(random::key(0), uneven(shape)); };
}

}  // namespace

TEST_CASE("without a state, batch statistics work and nothing is kept") {
  CHECK(nn::BatchNorm{}.call(params(), batch()).shape() == Shape{4, 2});
}

TEST_CASE("a given collection keeps the averages, whatever the scope") {
  const auto [nothing, given] = fresh().mutate([](nn::Collection& c) {
    const auto [y, scope] =
        nn::stateful([&] { return nn::BatchNorm{.batch_stats = &c}.call(params(), batch()); });
    CHECK(scope.as_dict().empty());
    return 0;
  });
  CHECK(bits(given["/"]["mean"]) != bits(zeros({2})));
  nn::Collection frozen = given;
  const nn::BatchNorm eval{.batch_stats = &frozen, .use_running_average = true};
  const Tensor in_scope =
      nn::stateful(given, nn::frozen, [] { return kEval.call(params(), batch()); });
  CHECK(bits(eval.call(params(), batch())) == bits(in_scope));
}

TEST_CASE("the averages' key splits come before the parameters") {
  const nn::BatchNorm layer{.scale_init = nn::initializers::normal()};
  const auto draw = [](const Tensor& key) {
    return nn::initializers::normal()(random::fold_name(key, "scale"), {2});
  };
  const Tensor key = random::key(7);
  const auto half = [](const Tensor& k) {
    return reshape(slice(random::split(k), {0, 0}, {1, 2}), {2});
  };
  const auto [made, state] = nn::stateful([&] { return layer.init(key, batch()); });
  CHECK(bits(made.params["scale"]) == bits(draw(half(half(key)))));
  CHECK(bits(layer.init(key, batch()).params["scale"]) == bits(draw(key)));  // no state, no split
}

TEST_CASE("evaluating twice gives the same bits and needs no mutable state") {
  const auto run = [] {
    return nn::stateful(fresh(), nn::frozen, [] { return kEval.call(params(), batch()); });
  };
  CHECK(bits(run()) == bits(run()));
  const auto [y, after] = nn::stateful(fresh(), [] { return kEval.call(params(), batch()); });
  CHECK(values(after["/"]["mean"]) == std::vector<double>{0, 0});
  CHECK(values(after["/"]["var"]) == std::vector<double>{1, 1});
}

TEST_CASE("the averages carry no derivative into a loss, and training does not freeze with γ") {
  // Averages move although scale and bias are left alone.
  const auto [y, after] =
      nn::stateful(fresh(), [] { return nn::BatchNorm{}.call(params(), batch()); });
  CHECK(bits(after["/"]["mean"]) != bits(zeros({2})));
  // A backward pass uses the values of its own forward pass, whatever ran in between.
  const auto alone = grad([](const Tensor& x) {
    return sum(nn::BatchNorm{}.call(params(), x) * uneven({4, 2}, 5));
  })(batch());
  const auto with_evaluation = grad([](const Tensor& x) {
    auto [out, state] = nn::stateful(fresh(), [&] { return nn::BatchNorm{}.call(params(), x); });
    const Tensor other =
        nn::stateful(state, nn::frozen, [] { return kEval.call(params(), batch() * 3); });
    CHECK(values(other).size() == 8);
    return sum(out * uneven({4, 2}, 5));
  })(batch());
  CHECK(bits(alone) == bits(with_evaluation));
}

TEST_CASE("the bias of what stands in front of batch norm gets no gradient") {
  struct Net : nn::Module<Net> {
    Tensor apply(const Tensor& x) const { return nn::BatchNorm{}(nn::Dense{.features = 2}(x)); }
  };
  const Tree start = Net{}.init(random::key(0), uneven({8, 3})).params;
  const Tree gradient = grad([](const Tree& p) {
    return sum(Net{}.call(p, uneven({8, 3})) * uneven({8, 2}, 2));
  })(start);
  // 0 but for the rounding of 8 float32 numbers near 1.
  for (const double d : values(gradient["Dense_0"]["bias"])) CHECK(d == Approx(0).margin(1e-5));
}

TEST_CASE("a transposed view is normalised like its copy") {
  const Tensor x = uneven({3, 4});
  std::vector<float> copied;
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 3; ++j)
      copied.push_back(x.data<float>()[static_cast<std::size_t>(j * 4 + i)]);
  }
  const auto gradient = [](const std::function<Tensor(const Tensor&)>& view, const Tensor& at) {
    return grad([&](const Tensor& t) {
      const nn::BatchNorm layer{.bias = false, .scale = false};
      return sum(layer.call({}, view(t)) * uneven({4, 3}, 2));
    })(at);
  };
  const Tensor through = gradient([](const Tensor& t) { return transpose(t); }, x);
  const Tensor copy = gradient([](const Tensor& t) { return t; }, Tensor::from(copied, {4, 3}));
  CHECK(bits(through) == bits(transpose(copy)));
}

TEST_CASE("E27: running averages need a state") {
  CHECK(breaks(ModuleRule::E27, [] { kEval.call(params(), batch()); },
               {"E27", "stateful", ".batch_stats", "; in /"}) == "");
}

TEST_CASE("E18: a frozen state is not trained on") {
  CHECK(breaks(ModuleRule::E18,
               [] {
                 nn::stateful(fresh(), nn::frozen,
                              [] { return nn::BatchNorm{}.call(params(), batch()); });
               },
               {"E18", "use_running_average"}) == "");
}

TEST_CASE("E15: averages that are missing are not invented") {
  for (const nn::BatchNorm& layer : {kEval, nn::BatchNorm{}}) {
    CHECK(breaks(ModuleRule::E15,
                 [&] {
                   nn::stateful(nn::Collection(), [&] { return layer.call(params(), batch()); });
                 },
                 {"E15", "\"mean\""}) == "");
  }
}

TEST_CASE("batch norm refuses axes that are not there") {
  CHECK(fails<InvalidArgument>(on({.axis = 2}, {4, 2}), {"batch_norm", "axis 2", "; in /"}) == "");
  CHECK(fails<InvalidArgument>(on({.axis = -3}, {4, 2}), {"axis -3"}) == "");
  CHECK(fails<InvalidArgument>(on({.axis = {1, -1}}, {4, 2}), {"twice"}) == "");
  CHECK(fails<InvalidArgument>(on({}, {}), {"axis"}) == "");
}

TEST_CASE("batch norm refuses to train on one value per feature") {
  const auto call = [](const Shape& shape) {
    return [=] { nn::BatchNorm{}.call(params(), uneven(shape)); };
  };
  CHECK(fails<InvalidArgument>(call({1, 2}), {"one value per feature", "[1,2]", "batch"}) == "");
  CHECK(fails<InvalidArgument>(call({1, 1, 1, 2}), {"one value"}) == "");
  CHECK_NOTHROW(call({1, 2, 1, 2})());
  CHECK_NOTHROW(on({}, {1, 2})());  // shapes at init are often those of one example
  CHECK_NOTHROW(nn::stateful(fresh(), nn::frozen, [] {
    return kEval.call(params(), ones({1, 2}));
  }));
}

TEST_CASE("batch norm refuses options out of range") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float momentum : {-0.1f, 1.1f, nan}) {
    CHECK(fails<InvalidArgument>(on({.momentum = momentum}, {4, 2}), {"momentum", "[0, 1]"}) == "");
  }
  for (const float epsilon : {-1e-5f, nan}) {
    CHECK(fails<InvalidArgument>(on({.epsilon = epsilon}, {4, 2}), {"epsilon"}) == "");
  }
  CHECK(fails<InvalidArgument>(on({.dtype = int32}, {4, 2}), {"dtype", "int32"}) == "");
}
