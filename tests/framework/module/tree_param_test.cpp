// Parameters that are trees.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/module/module.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/support/body.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

using Values = std::vector<double>;

struct Affine {
  Tensor w, b;
  static constexpr auto tree = fields<&Affine::w, &Affine::b>;
};

/// x · w + b with both in one parameter.
struct Line : nn::Module<Line> {
  Tensor apply(const Tensor& x) const {
    const Affine line = param("line", [&](const Tensor& key) {
      return Affine{random::normal(key, x.shape()), zeros(x.shape())};
    });
    return x * line.w + line.b;
  }
  Tensor slope() const { return get_param<Affine>("line").w; }
};

const Tensor kX = vector({1, 2});
const Tree kParams{{"line", {{"b", vector({5, 6})}, {"w", vector({2, 3})}}}};

}  // namespace

TEST_CASE("a parameter may be a struct of tensors, which live below its name") {
  const auto [y, params] = Line{}.init(random::key(0), kX);
  CHECK(params.size() == 1);
  // One key for all: the one that a tensor of this name would have.
  CHECK(bits(params["line"]["w"]) ==
        bits(random::normal(random::fold_name(random::key(0), "line"), {2})));
  CHECK(values(params["line"]["b"]) == Values{0, 0});
  CHECK(values(Line{}.call(kParams, kX)) == Values{7, 12});  // matched by name, not by order
  const nn::Model<Line> model(Line{}, kParams);
  CHECK(values(model.method<&Line::slope>()) == Values{2, 3});
}

TEST_CASE("a parameter may be a dictionary or a tensor of any shape") {
  const auto body = [](const Tensor& x) {
    const Tree table = nn::param("table", [](const Tensor&) {
      return Tree{{"a", vector({1, 1})}, {"empty", Tree()}};
    });
    CHECK(table.contains("empty"));
    CHECK(nn::get_param<Tree>("table").size() == 2);
    // Depends on the data, and says no shape.
    return x * table["a"] / nn::param("peak", [&](const Tensor&) { return max(x); });
  };
  const auto [y, params] = Body{.body = body}.init(random::key(0), kX);
  CHECK(values(y) == Values{0.5, 1});
  CHECK(values(params["peak"]) == Values{2});
  CHECK(values(Body{.body = body}.call(params, vector({4, 4}))) == Values{2, 2});

  CHECK(fails<InvalidArgument>([&] { Body{.body = body}.init_by_shape(random::key(0), {{{2}}}); },
                               {"init_by_shape", "peak", "use init"}) == "");
}

TEST_CASE("gradients come in the form of the parameter, compiled and not") {
  const nn::Model<Line> model(Line{}, kParams);
  const auto loss = [](const nn::Model<Line>& m) { return sum(m(kX)); };
  for (const auto& gradient : {grad(loss)(model), jit(grad(loss))(model)}) {
    CHECK(values(gradient.params["line"]["w"]) == Values{1, 2});
    CHECK(values(gradient.params["line"]["b"]) == Values{1, 1});
  }
  const auto [y, params] = Line{}.init_by_shape(random::key(0), {{{3}}});
  CHECK(params["line"]["w"].tensor().is_evaluated());
}

TEST_CASE("the names of a stored parameter are those that are asked for") {
  CHECK(fails<InvalidArgument>(
            [] {
              Line{}.call({{"line", {{"w", kX}, {"c", kX}}}}, kX);
            },
            {"missing: b", "unexpected: c", "; in /"}) == "");
  CHECK(fails<InvalidArgument>([] { Line{}.call({{"line", kX}}, kX); }, {"missing: w b"}) == "");
  // And a tensor where a dictionary is.
  CHECK(fails<InvalidArgument>(
            [] {
              Body{.body = [](const Tensor&) { return nn::get_param("line"); }}.call(kParams, kX);
            },
            {"a tensor was expected", "known names: b, w"}) == "");
}

TEST_CASE("E8, E11: the rules of names hold for trees") {
  const auto make = [](const Tensor& key) { return Affine{key, key}; };
  const auto twice = [&](const Tensor& x) {
    nn::param("a", make);
    nn::param("a", make);
    return x;
  };
  CHECK(breaks(ModuleRule::E8, [&] { Body{.body = twice}.init(random::key(0), kX); },
               {"\"a\"", "parameter"}) == "");
  CHECK(breaks(ModuleRule::E11, [&] { Body{.body = twice}.call({}, kX); }, {"\"a\""}) == "");
  // A dictionary of parameters is not taken for a module's.
  const auto module = [&](const Tensor& x) {
    nn::param("a", make);
    return Line{}.named("a")(x);
  };
  CHECK(breaks(ModuleRule::E8, [&] { Body{.body = module}.init(random::key(0), kX); },
               {"\"a\"", "parameter"}) == "");
}
