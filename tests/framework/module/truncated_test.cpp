// Transparent modules and truncated models.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/tests/support/body.h>
#include <linseed/tests/support/counted.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

using Values = std::vector<double>;

struct Add : nn::Module<Add> {
  Tensor apply(const Tensor& x) const { return x + param("bias", {1}, nn::initializers::ones()); }
};

/// "a", "block/b" and "last".
struct Deep : nn::Module<Deep> {
  Tensor apply(const Tensor& x) const {
    const Body block{.body = [](const Tensor& y) { return Add{}.named("b")(y) * 10; }};
    return Add{}.named("last")(counted(block.named("block")(Add{}.named("a")(x))));
  }
};

/// Runs a function transparently.
struct Clear : nn::Module<Clear> {
  static constexpr bool is_transparent = true;
  std::function<Tensor(const Tensor&)> body;
  Tensor apply(const Tensor& x) const { return body(x); }
};

const Tensor kX = vector({1});

nn::Model<Deep> deep() { return Deep{}.create_by_shape(random::key(0), {{{1}}}).model; }

template <class T, class... Args>
concept Truncatable = requires(const T& t, const Args&... args) {
  t.truncate_at(args...);
};

}  // namespace

TEST_CASE("a truncated model returns the outputs of one module, as a list") {
  const auto model = deep();
  const int before = times_computed;
  CHECK(values(model.truncate_at("/a")(kX)[0]) == Values{2});
  CHECK(values(model.truncate_at("/block/b")(kX)[0]) == Values{3});
  CHECK(times_computed == before);  // nothing behind them is computed
  CHECK(values(model.truncate_at("/")(kX)[0]) == Values{31});
  CHECK(model.truncate_at("/a")(kX).size() == 1);
}

TEST_CASE("a truncated model returns what a list or a dictionary of paths asks for") {
  const auto model = deep();
  const auto listed = model.truncate_at({"/a", "/block"})(kX);
  CHECK(listed.size() == 2);
  CHECK(values(listed[1][0]) == Values{30});
  const std::map<std::string, std::vector<std::string>> paths{{"first", {"/a"}},
                                                              {"rest", {"/", "/last"}}};
  const auto nested = model.truncate_at(paths)(kX);
  CHECK(values(nested.at("first")[0][0]) == Values{2});
  CHECK(values(nested.at("rest")[1][0]) == Values{31});
  const std::vector<std::map<std::string, std::string>> maps{{{"x", "/a"}}};
  CHECK(values(model.truncate_at(maps)(kX)[0].at("x")[0]) == Values{2});
}

TEST_CASE("a truncated model has the parameters of the model, under grad and jit too") {
  const auto cut = deep().truncate_at("/block");
  CHECK(cut.params.contains("last"));
  const auto loss = [](const auto& m, const Tensor& x) { return sum(m(x)[0].tensor()); };
  const auto gradient = grad(loss)(cut, kX);
  CHECK(values(gradient.params["block"]["b"]["bias"]) == Values{10});
  CHECK(values(gradient.params["last"]["bias"]) == Values{0});
  CHECK(values(jit(grad(loss))(cut, kX).params["a"]["bias"]) == Values{10});
}

TEST_CASE("a truncated model under a name finds the same paths, its own included") {
  // flax.nn 0.2 finds the whole model's output under "" then; here it is "/".
  const auto model = deep();
  CHECK(values(model.truncate_at("/a").named("m")(kX)[0]) == Values{2});
  CHECK(values(model.truncate_at("/").named("m")(kX)[0]) == Values{31});
  const Body outer{.body = [&](const Tensor& x) {
    return model.truncate_at({"/", "/block"}).named("inner")(x)[1][0].tensor();
  }};
  CHECK(values(outer.init(random::key(0), kX).output) == Values{30});
}

TEST_CASE("a truncated model's state has the paths of the model") {
  const Body norm{.body = [](const Tensor& x) { return nn::BatchNorm{}.named("norm")(x) + 1; }};
  const Tensor x = Tensor::from({1.f, 3.f}, {2, 1});
  const auto [made, stats] = nn::stateful([&] { return norm.create(random::key(0), x); });
  const auto [y, after] =
      nn::stateful(stats, [&, &m = made] { return m.model.truncate_at("/norm")(x); });
  CHECK(after.as_dict().size() == 1);
  CHECK(values(after["/norm"]["mean"])[0] == Approx(0.02));
}

TEST_CASE("a path that no module has is told with those there are") {
  CHECK(fails<InvalidArgument>([] { deep().truncate_at("block")(kX); },
                               {"truncate_at", "\"block\"", "/a", "/block/b", "/last"}) == "");
}

TEST_CASE("E24: a truncated model needs its paths") {
  static_assert(Truncatable<nn::Model<Deep>, std::string>);
  static_assert(!Truncatable<nn::Model<Deep>>);
  SUCCEED();
}

TEST_CASE("a transparent module does not appear in parameters and paths") {
  std::string path;
  const Clear clear{.body = [&](const Tensor& x) {
    const Body child{.body = [&](const Tensor& y) {
      path = nn::current_frame()->path();
      return Add{}.named("add")(y);
    }};
    return child.named("0")(x) * 2;
  }};
  const auto [y, params] = clear.init(random::key(0), kX);
  CHECK(params.size() == 1);
  CHECK(params.contains("add"));
  CHECK(path == "/");
  CHECK(values(clear.call({{"add", {{"bias", vector({4})}}}}, kX)) == Values{10});
  clear.named("top").call(params, kX);
  CHECK(path == "/top");
  CHECK(clear.init_by_shape(random::key(0), {{{1}}}).params.contains("add"));
  CHECK(clear.partial(kX).init(random::key(0)).params.contains("add"));
}

TEST_CASE("inside of another module a transparent one keeps its child's dictionary") {
  // As in flax.nn: paths collapse, parameters do not.
  const Clear clear{.body = [](const Tensor& x) { return Add{}.named("0")(x); }};
  const auto [made, outputs] = nn::capture_module_outputs([&] {
    return Body{.body = [&](const Tensor& x) { return clear.named("c")(x); }}.init(random::key(0),
                                                                                   kX);
  });
  CHECK(made.params["c"]["0"].contains("bias"));
  CHECK(outputs["/c"].size() == 2);
}

TEST_CASE("E22, E23: a transparent module has one child, called 0") {
  const auto init = [](std::function<Tensor(const Tensor&)> body) {
    return [=] { Clear{.body = body}.init(random::key(0), kX); };
  };
  CHECK(breaks(ModuleRule::E22, init([](const Tensor& x) { return x; }),
               {"E22", "exactly one", "none"}) == "");
  CHECK(breaks(ModuleRule::E22,
               init([](const Tensor& x) { return Add{}.named("1")(Add{}.named("0")(x)); }),
               {"E22", "exactly one", "0, 1"}) == "");
  CHECK(breaks(ModuleRule::E23, init([](const Tensor& x) { return Add{}(x); }),
               {"E23", "\"Add_0\"", ".named(\"0\")"}) == "");
}
