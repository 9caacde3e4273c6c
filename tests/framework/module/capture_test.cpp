// Captured outputs.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/module/capture.h>
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

/// x + the parameter "bias", which starts at 1.
struct Add : nn::Module<Add> {
  Tensor apply(const Tensor& x) const {
    return x + param("bias", x.shape(), nn::initializers::ones());
  }
};

const Body kTwo{.body = [](const Tensor& x) { return Add{}.named("b")(Add{}.named("a")(x)); }};
const Tensor kX = vector({1});
const Tree kParams{{"a", {{"bias", vector({1})}}}, {"b", {{"bias", vector({1})}}}};

std::string paths(const nn::Collection& outputs) {
  std::string text;
  for (const auto& [path, list] : outputs.as_dict()) text += path + " ";
  return text;
}

}  // namespace

TEST_CASE("outputs are listed by path, children before parents") {
  const auto [y, outputs] = nn::capture_module_outputs([] { return kTwo.call(kParams, kX); });
  CHECK(paths(outputs) == "/a /b / ");
  CHECK(values(outputs["/a"]["0"]) == Values{2});
  CHECK(values(outputs["/"]["0"]) == values(y));
  CHECK_FALSE(outputs.is_mutable());
}

TEST_CASE("a shared module has an entry for each use") {
  const Body loop{.body = [](const Tensor& x) {
    const auto add = Add{}.shared("s");
    return add(add(add(x)));
  }};
  const auto [made, outputs] =
      nn::capture_module_outputs([&] { return loop.init(random::key(0), kX); });
  CHECK(outputs["/s"].size() == 3);
  CHECK(values(outputs["/s"]["2"]) == Values{4});
}

TEST_CASE("an output may be any tree, or none") {
  const auto body = [](const Tensor& x) {
    struct Pair : nn::Module<Pair> {
      std::pair<Tensor, Tree> apply(const Tensor& y) const { return {y, {{"twice", y * 2}}}; }
    };
    struct Number : nn::Module<Number> {
      int apply() const { return 3; }
    };
    CHECK(Number{}.named("number")() == 3);
    return Pair{}.named("pair")(x).first;
  };
  const auto [y, outputs] = nn::capture_module_outputs(
      [&] { return Body{.body = body}.init(random::key(0), kX).output; });
  CHECK(values(outputs["/pair"]["0"]["1"]["twice"]) == Values{2});
  CHECK(outputs["/number"]["0"].empty());
}

TEST_CASE("all open captures get each output; one inside of a module sees what is below that") {
  std::string inner_paths;
  const Body top{.body = [&](const Tensor& x) {
    const Tensor y = Add{}.named("before")(x);
    const auto [z, inner] = nn::capture_module_outputs([&] { return kTwo.named("two")(y); });
    inner_paths = paths(inner);
    return z;
  }};
  const auto [made, outer] =
      nn::capture_module_outputs([&] { return top.named("top").init(random::key(0), kX); });
  CHECK(paths(outer) == "/top/before /top/two/a /top/two/b /top/two /top ");
  CHECK(inner_paths == "/two/a /two/b /two ");
}

TEST_CASE("captured outputs follow the rules of collections") {
  const auto twice = [] { return kTwo.call(kParams, kTwo.call(kParams, kX)); };
  CHECK(breaks(ModuleRule::E21, [&] { nn::capture_module_outputs(twice); }, {".named("}) == "");

  const Body outside{.body = [](const Tensor& x) {
    const auto shared = Add{}.shared();
    const Body captures{.body = [&](const Tensor& y) {
      return nn::capture_module_outputs([&] { return shared(y); }).first;
    }};
    return captures(x);
  }};
  CHECK(breaks(ModuleRule::E20, [&] { outside.init(random::key(0), kX); }, {"outside"}) == "");

  // A nested call without a name has no path.
  const nn::Model<Add> nested(Add{}, {{"bias", kX}});
  const Body calls{.body = [&](const Tensor& x) { return nested(x); }};
  CHECK(values(calls.init(random::key(0), kX).output) == Values{2});
  CHECK(fails<InvalidArgument>(
            [&] { nn::capture_module_outputs([&] { return calls.init(random::key(0), kX); }); },
            {".named("}) == "");

  struct Foreign {};
  CHECK_THROWS_AS(nn::capture_module_outputs([]() -> int { throw Foreign(); }), Foreign);
  CHECK_FALSE(nn::detail::is_capturing());
}

TEST_CASE("captured outputs leave grad as auxiliary output and jit as results") {
  const auto loss = [](const Tree& params) {
    auto [y, outputs] = nn::capture_module_outputs([&] { return kTwo.call(params, kX); });
    return std::pair(sum(y * y), outputs);
  };
  const auto [value, outputs, gradient] = value_and_grad(loss, has_aux)(kParams);
  CHECK(values(outputs["/a"]["0"]) == Values{2});
  CHECK(values(gradient["a"]["bias"]) == Values{6});

  const auto compiled = jit([&](const Tree& params) { return loss(params).second; });
  CHECK(values(compiled(kParams)["/b"]["0"]) == Values{3});
  const auto outer = jit([](const Tree& params) { return kTwo.call(params, kX); });
  CHECK(fails<InvalidArgument>([&] { nn::capture_module_outputs([&] { return outer(kParams); }); },
                               {"opened outside", "capture_module_outputs"}) == "");
}

TEST_CASE("init by shape tells the shapes of all layers") {
  const auto [made, outputs] = nn::capture_module_outputs([] {
    return kTwo.init_by_shape(random::key(0), {{{2, 5}}});
  });
  CHECK(outputs["/a"]["0"].tensor().shape() == Shape{2, 5});
  CHECK(fails<InvalidArgument>([&, &o = outputs] { values(o["/a"]["0"]); }, {"init_by_shape"}) ==
        "");
}
