// Modules as values: options, partial application, Model.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/dense.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

template <class M>
concept MadeOfNothing = requires {
  M{};
};
template <class M>
concept MadeOfFeatures = requires {
  M{.features = 2};
};
template <class M>
concept MadeOfFeaturesAndSize = requires {
  M{.features = 2, .kernel_size = {3, 3}};
};

struct Optional : nn::Module<Optional> {
  int features = 2;
  Tensor apply(const Tensor& x) const { return x; }
};

/// x · gain + the sum of `others`.
struct Mix : nn::Module<Mix> {
  nn::Required<float> gain;
  bool twice = false;

  Tensor apply(const Tensor& x, const std::vector<Tensor>& others = {}) const {
    Tensor y = x * gain.get() * param("w", {x.dim(-1)}, nn::initializers::ones());
    for (const Tensor& other : others) y = y + other;
    return twice ? y * 2 : y;
  }
};

}  // namespace

TEST_CASE("a required field that is left out does not compile") {
  static_assert(!MadeOfNothing<nn::Dense>);
  static_assert(MadeOfFeatures<nn::Dense>);
  static_assert(!MadeOfNothing<nn::Conv>);
  static_assert(!MadeOfFeatures<nn::Conv>);
  static_assert(MadeOfFeaturesAndSize<nn::Conv>);
  static_assert(MadeOfNothing<Optional>);
  SUCCEED();
}

TEST_CASE("init returns the output and the parameters, call uses them") {
  const Tensor x = vector({1, 2});
  const auto [y, params] = Mix{.gain = 3}.init(random::key(0), x);
  CHECK(values(y) == std::vector<double>{3, 6});
  CHECK(values(params["w"]) == std::vector<double>{1, 1});
  CHECK(values(Mix{.gain = 3}.call({{"w", vector({2, 1})}}, x)) == std::vector<double>{6, 6});
}

TEST_CASE("further arguments reach apply") {
  const Tensor x = vector({1, 2});
  const auto [y, params] = Mix{.gain = 1}.init(random::key(0), x, std::vector{x, x});
  CHECK(values(y) == std::vector<double>{3, 6});
  CHECK(values(Mix{.gain = 1}.named("m").call(params, x, std::vector{x})) ==
        std::vector<double>{2, 4});
}

TEST_CASE("partial changes fields of a copy, and later settings win") {
  const Mix original{.gain = 1};
  const Mix changed = original.partial(&Mix::gain, 2.f, &Mix::twice, true, &Mix::gain, 5.f);
  CHECK(changed.gain == 5);
  CHECK(changed.twice);
  CHECK(original.gain == 1);
  CHECK_FALSE(original.twice);
  CHECK(changed.partial(&Mix::gain, 7.f).gain == 7);
}

TEST_CASE("a model is a module and its parameters") {
  const Tensor x = vector({1, 2});
  const auto [output, model] = Mix{.gain = 3}.create(random::key(0), x);
  CHECK(values(output) == values(model(x)));
  CHECK(model.module().gain == 3);

  const auto replaced = model.replace({{"w", vector({2, 2})}});
  CHECK(values(replaced(x)) == std::vector<double>{6, 12});
  CHECK(values(model(x)) == std::vector<double>{3, 6});

  const auto twice = replaced.partial(&Mix::twice, true);
  CHECK(values(twice(x)) == std::vector<double>{12, 24});
  CHECK(values(replaced(x)) == std::vector<double>{6, 12});

  const nn::Model<Mix> by_hand{Mix{.gain = 1}, replaced.params};
  CHECK(values(by_hand(x)) == std::vector<double>{2, 4});
}

TEST_CASE("a model is a tree whose tensors are its parameters") {
  const auto model = Mix{.gain = 3}.create(random::key(0), vector({1, 2})).model;
  const auto leaves = tree::named_leaves(model);
  REQUIRE(leaves.size() == 1);
  CHECK(leaves[0].path() == "params/w");

  const auto doubled = tree::map([](const Tensor& t) { return t * 2; }, model);
  CHECK(values(doubled(vector({1, 2}))) == std::vector<double>{6, 12});

  const auto gradient = grad([](const nn::Model<Mix>& m) { return sum(m(vector({1, 2}))); })(model);
  CHECK(values(gradient.params["w"]) == std::vector<double>{3, 6});
  CHECK(gradient.module().gain == 3);
}

TEST_CASE("jit takes a model's module by identity") {
  const auto model = Mix{.gain = 3}.create(random::key(0), vector({1, 2})).model;
  const auto run = jit([](const nn::Model<Mix>& m, const Tensor& x) { return m(x); });
  CHECK(values(run(model, vector({1, 2}))) == std::vector<double>{3, 6});
  CHECK(values(run(model.replace({{"w", vector({2, 2})}}), vector({1, 2}))) ==
        std::vector<double>{6, 12});
  CHECK(run.trace_count() == 1);
  run(model.partial(&Mix::twice, true), vector({1, 2}));
  CHECK(run.trace_count() == 2);
}

TEST_CASE("a jitted function inside of a module runs inline, so its modules are seen") {
  const auto layer = jit([](const Tensor& x) { return Mix{.gain = 2}(x); });
  struct Outer : nn::Module<Outer> {
    std::function<Tensor(const Tensor&)> layer;
    Tensor apply(const Tensor& x) const { return layer(layer(x)); }
  };
  const Outer outer{.layer = layer};
  const auto [y, params] = outer.init(random::key(0), vector({1, 2}));
  CHECK(values(y) == std::vector<double>{4, 8});
  CHECK(params.contains("Mix_0"));
  CHECK(params.contains("Mix_1"));
  CHECK(values(outer.call(params, vector({1, 2}))) == std::vector<double>{4, 8});
  CHECK(layer.trace_count() == 0);
}

TEST_CASE("a model used inside of a module keeps its parameters to itself") {
  struct Outer : nn::Module<Outer> {
    nn::Required<nn::Model<Mix>> inner;
    Tensor apply(const Tensor& x) const { return Mix{.gain = 1}(inner.get().named("in")(x)); }
  };
  const auto inner = Mix{.gain = 3}.create(random::key(0), vector({1, 2})).model;
  const Outer outer{.inner = inner};
  const auto [y, params] = outer.init(random::key(1), vector({1, 2}));
  CHECK(values(y) == std::vector<double>{3, 6});
  CHECK(params.size() == 1);  // the nested model neither appears nor takes a number
  CHECK(params.contains("Mix_0"));

  // Inside, the model is in apply mode although the outer module initialises.
  const nn::Model<Mix> incomplete(Mix{.gain = 3}, {});
  CHECK(breaks(ModuleRule::E11,
               [&] {
                 Outer{.inner = incomplete}.init(random::key(1), vector({1, 2}));
               },
               {"\"w\"", "; in /in"}) == "");
}

TEST_CASE("init inside of a module gives its parameters to the caller only") {
  struct Outer : nn::Module<Outer> {
    Tensor apply(const Tensor& x) const {
      const auto [y, params] = Mix{.gain = 2}.named("own").init(random::key(5), x);
      CHECK(params.contains("w"));
      return y;
    }
  };
  CHECK(Outer{}.init(random::key(0), vector({1, 2})).params.empty());
}
