// The rules of names and parameters, and what an error says of the place.
#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/random.h>
#include <linseed/modules/dense.h>
#include <linseed/tests/support/body.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
using nn::initializers::ones;
namespace nn = linseed::nn;

namespace {

using F = std::function<Tensor(const Tensor&)>;

/// Runs `body` as a top-level module at init.
auto at_init(F body) {
  return [=] { return Body{.body = body}.init(random::key(0), zeros({2})).params; };
}
/// Runs `body` as a top-level module with `params`.
auto at_call(Tree params, F body) {
  return [=] { Body{.body = body}.call(params, zeros({2})); };
}
Tensor dense(const Tensor& x) { return nn::Dense{.features = 2}(x); }
F dense_named(std::string name) {
  return [=](const Tensor& x) { return nn::Dense{.features = 2}.named(name)(x); };
}
Tensor weight(const Tensor& x) { return x * nn::param("w", {2}, ones()); }

}  // namespace

TEST_CASE("E1: a module is applied inside of another one") {
  CHECK(breaks(ModuleRule::E1, [] { dense(zeros({2})); },
               {"E1", "Dense", "inside another", ".init"}) == "");
}

TEST_CASE("E4: no slashes or colons in a name") {
  for (const char* name : {"a/b", "a:b", "/"}) {
    CHECK(breaks(ModuleRule::E4, at_init(dense_named(name)), {"E4", name}) == "");
  }
  CHECK(at_init(dense_named(""))().contains(""));  // the empty name is one
}

TEST_CASE("E6: a name is used once, at init and later") {
  const auto twice = [](const Tensor& x) { return dense_named("a")(dense_named("a")(x)); };
  CHECK(breaks(ModuleRule::E6, at_init(twice), {"E6", "\"a\"", "already exists"}) == "");
  const Tree params = at_init(dense_named("a"))();
  CHECK(breaks(ModuleRule::E6, at_call(params, twice), {"\"a\""}) == "");
  // A given name meets a generated one.
  CHECK(breaks(ModuleRule::E6,
               at_init([](const Tensor& x) { return dense(dense_named("Dense_0")(x)); }),
               {"\"Dense_0\""}) == "");
}

TEST_CASE("E7: apply finds only modules that init has used") {
  const Tree params = at_init(dense_named("a"))();
  CHECK(breaks(ModuleRule::E7, at_call(params, dense_named("b")),
               {"E7", "\"b\"", "not used at init", "they have: a"}) == "");
  CHECK(breaks(ModuleRule::E7, at_call({}, dense_named("b")), {"they have: none"}) == "");
}

TEST_CASE("E8: a parameter's name is free") {
  CHECK(breaks(ModuleRule::E8, at_init([](const Tensor& x) { return weight(weight(x)); }),
               {"E8", "\"w\"", "already used"}) == "");
  CHECK(breaks(ModuleRule::E8, at_init([](const Tensor& x) { return weight(dense_named("w")(x)); }),
               {"\"w\""}) == "");
}

TEST_CASE("E8: a module is not named like a parameter, in either order, at init and later") {
  const auto parameter_first = [](const Tensor& x) { return dense_named("w")(weight(x)); };
  CHECK(breaks(ModuleRule::E8, at_init(parameter_first), {"\"w\"", "parameter", ".named("}) == "");
  const Tree parameter{{"w", linseed::ones({2})}};
  CHECK(breaks(ModuleRule::E8, at_call(parameter, parameter_first), {"\"w\"", "parameter"}) == "");
  CHECK(breaks(ModuleRule::E8, at_call(parameter, dense_named("w")), {"\"w\"", "parameter"}) == "");

  const auto module_first = [](const Tensor& x) { return weight(dense_named("w")(x)); };
  CHECK(breaks(ModuleRule::E8, at_init(module_first), {"\"w\"", "module"}) == "");
  const Tree module = at_init(dense_named("w"))();
  CHECK(breaks(ModuleRule::E8, at_call(module, module_first), {"\"w\"", "module"}) == "");
}

TEST_CASE("E11: a parameter that was not made does not exist") {
  CHECK(breaks(ModuleRule::E11, at_call({{"v", linseed::ones({2})}}, weight),
               {"E11", "\"w\"", "does not exist", "there are: v"}) == "");
  const F get = [](const Tensor&) { return nn::get_param("w"); };
  CHECK(breaks(ModuleRule::E11, at_init(get), {"\"w\""}) == "");
  CHECK(values(Body{.body = get}.call({{"w", linseed::ones({1})}}, zeros({2}))) ==
        std::vector<double>{1});
}

TEST_CASE("E12: a parameter has the shape that is asked for") {
  CHECK(breaks(ModuleRule::E12, at_call({{"w", linseed::ones({3})}}, weight),
               {"E12", "\"w\"", "[3]", "[2]"}) == "");
  const auto wrong = [](const Tensor&, const Shape&) { return linseed::ones({5}); };
  CHECK(breaks(ModuleRule::E12, at_init([&](const Tensor&) { return nn::param("w", {2}, wrong); }),
               {"[5]", "[2]"}) == "");
}

TEST_CASE("E13: param, get_param and is_initializing need a running module") {
  CHECK(breaks(ModuleRule::E13, [] { nn::is_initializing(); }, {"E13", "is_initializing"}) == "");
  CHECK(breaks(ModuleRule::E13, [] { nn::param("w", {}, ones()); }, {"param()"}) == "");
  CHECK(breaks(ModuleRule::E13, [] { nn::get_param("w"); }, {"get_param()"}) == "");
}

TEST_CASE("init wants a key first") {
  const nn::Dense layer{.features = 2};
  CHECK(fails<InvalidArgument>([&] { layer.init(Tensor(), zeros({2})); }, {"key", "undefined"}) ==
        "");
  CHECK(fails<InvalidArgument>([&] { layer.init(zeros({2}), random::key(0)); },
                               {"key", "[2] float32", "random::key"}) == "");
}

TEST_CASE("an error tells the innermost module's path, once") {
  const auto block = [](const Tensor& x) { return Body{.body = dense}.named("block")(x); };
  const auto message = [](const auto& f) -> std::string {
    try {
      f();
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  const Tree params = at_init(block)();
  const Body top{.body = block};

  // From the module system …
  const std::string wrong_shape = message([&] { top.call(params, zeros({3})); });
  CHECK(missing_words(wrong_shape, {"E12", "; in /block/Dense_0"}) == "");
  CHECK(occurrences(wrong_shape, "; in /") == 1);
  // … from a layer's own check …
  CHECK(missing_words(message([&] { top.call(params, zeros({})); }),
                      {"dense: ", "; in /block/Dense_0"}) == "");
  // … and from an op, which cannot know of modules.
  const Body multiply{.body = [](const Tensor& x) { return matmul(x, zeros({7, 7})); }};
  const std::string in_op = message([&] { multiply.named("model").call({}, zeros({2})); });
  CHECK(missing_words(in_op, {"matmul", "; in /model"}) == "");
  CHECK(occurrences(in_op, "; in /") == 1);
}

TEST_CASE("an error below a nested call without a name tells the path of the module around it") {
  const Tree inner_params = at_init(dense)();
  const nn::Model<Body> inner(Body{.body = dense}, inner_params);
  const Body outer{.body = [&](const Tensor&) { return inner(zeros({3})); }};
  const F middle = [&](const Tensor& x) { return outer.named("outer")(x); };
  CHECK(breaks(ModuleRule::E12, at_init(middle), {"[2,2]", "[3,2]", "; in /outer"}) == "");
}

TEST_CASE("an exception leaves no module running") {
  struct Foreign {};
  CHECK_THROWS_AS(at_init([](const Tensor&) -> Tensor { throw Foreign(); })(), Foreign);
  CHECK(nn::current_frame() == nullptr);
  CHECK(breaks(ModuleRule::E7, at_call({}, dense_named("b")), {}) == "");
  CHECK(nn::current_frame() == nullptr);

  // Caught inside, it leaves the module that caught it running.
  at_init([](const Tensor& x) {
    const auto frame = nn::current_frame();
    CHECK_THROWS_AS(dense_named("a/b")(x), ModuleError);
    CHECK_THROWS_AS(dense(zeros({})), InvalidArgument);
    CHECK(nn::current_frame() == frame);
    return x;
  })();
}
