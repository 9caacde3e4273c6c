// Partial application.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
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

/// a · gain + b · w.
struct Mix : nn::Module<Mix> {
  float gain = 1;
  bool negative = false;

  Tensor apply(const Tensor& a, const Tensor& b) const {
    const Tensor y = a * gain + b * param("w", {b.dim(-1)}, nn::initializers::ones());
    return negative ? -y : y;
  }
  Tensor weight(const Tensor& a) const { return a * get_param("w"); }
};

template <class T, class... Args>
concept Callable = requires(const T& t, const Args&... args) {
  t(args...);
};
template <class T, class... Args>
concept Initializable = requires(const T& t, const Tensor& key, const Args&... args) {
  t.init(key, args...);
};
template <class T, class Name>
concept Nameable = requires(const T& t, Name name) {
  t.named(name);
};

const Tensor kA = vector({1, 2});
const Tensor kB = vector({10, 20});
const Tree kParams{{"w", vector({2, 3})}};

}  // namespace

TEST_CASE("of settings the later ones win, whatever stands between them") {
  const Mix once = Mix{.gain = 3}.partial(&Mix::gain, 4.f);
  CHECK(once.gain == 4);
  CHECK(once.partial(&Mix::gain, 5.f, &Mix::negative, true, &Mix::gain, 6.f).gain == 6);
  const auto bound = once.partial(kA).partial(&Mix::gain, 7.f, &Mix::negative, true);
  CHECK(values(bound.call(kParams, kB)) == Values{-27, -74});
  CHECK(values(once.partial(&Mix::gain, 0.f, kA, &Mix::gain, 1.f).call(kParams, kB)) ==
        Values{21, 62});
}

TEST_CASE("leading call arguments are bound one after the other") {
  const Mix mix;
  CHECK(values(mix.partial(kA).call(kParams, kB)) == Values{21, 62});
  CHECK(values(mix.partial(kA, kB).call(kParams)) == Values{21, 62});
  CHECK(values(mix.partial(kA).partial(kB).call(kParams)) == Values{21, 62});
  const auto [y, params] = mix.partial(kA).init(random::key(0), kB);
  CHECK(values(y) == Values{11, 22});
  CHECK(params.contains("w"));
}

TEST_CASE("the clash: an argument that is bound cannot be given again") {
  static_assert(Callable<Mix, Tensor, Tensor>);
  static_assert(!Callable<Mix, Tensor>);
  const auto bound = Mix{}.partial(kA);
  static_assert(Callable<decltype(bound), Tensor>);
  static_assert(!Callable<decltype(bound), Tensor, Tensor>);
  static_assert(!Initializable<decltype(bound), Tensor, Tensor>);
  const auto all = bound.partial(kB);
  static_assert(Initializable<decltype(all)>);
  static_assert(!Callable<decltype(all), Tensor>);
  SUCCEED();
}

TEST_CASE("E3: a name is a string") {
  static_assert(Nameable<Mix, const char*>);
  static_assert(Nameable<Mix, std::string>);
  static_assert(!Nameable<Mix, int>);
  static_assert(!Nameable<Mix, Tensor>);
  SUCCEED();
}

TEST_CASE("a partial application keeps the class's name") {
  const Tree params = Body{.body =
                               [](const Tensor& x) {
                                 return Mix{}.partial(Mix{}.partial(&Mix::gain, 2.f)(x, x))(x);
                               }}
                          .init(random::key(0), kA)
                          .params;
  CHECK(params.size() == 2);
  CHECK(params.contains("Mix_0"));
  CHECK(params.contains("Mix_1"));
}

TEST_CASE("partial and a name or sharing go in any order") {
  std::vector<std::string> names;
  const Tree params = Body{.body =
                               [](const Tensor& x) {
                                 Tensor y = Mix{}.partial(x).named("a")(x);
                                 y = Mix{}.named("b").partial(x, &Mix::gain, 2.f)(y);
                                 y = Mix{}.named("c").named("d")(y, y);
                                 const auto s = Mix{}.partial(x).shared("s");
                                 const auto t =
                                     Mix{}.shared("t").partial(&Mix::gain, 2.f).partial(x);
                                 return s(s(t(y)));
                               }}
                          .init(random::key(0), kA)
                          .params;
  std::string text;
  for (const auto& [name, child] : params) text += name + " ";
  CHECK(text == "a b d t s ");
}

TEST_CASE("a method is given the bound arguments too") {
  const nn::Model<Mix> model(Mix{}, kParams);
  CHECK(values(model.partial(&Mix::gain, 2.f).method<&Mix::weight>(kA)) == Values{2, 6});
  CHECK(values(model.partial(kA).method<&Mix::weight>()) == Values{2, 6});
}

TEST_CASE("a model's arguments are bound, and it is still a tree of parameters") {
  const nn::Model<Mix> model(Mix{}, kParams);
  const auto bound = model.partial(kA);
  CHECK(values(bound(kB)) == Values{21, 62});
  CHECK(tree::leaves(bound).size() == 1);
  const auto loss = [](const auto& m, const Tensor& b) { return sum(m(b)); };
  CHECK(values(grad(loss)(bound, kB).params["w"]) == Values{10, 20});
  CHECK(values(jit(grad(loss))(bound, kB).params["w"]) == Values{10, 20});
}

TEST_CASE("with all arguments bound, shapes of none are needed") {
  const auto [y, params] = Mix{}.partial(kA, kB).init_by_shape(random::key(0), {});
  CHECK(values(y) == Values{11, 22});  // depends on no unknown input, so it has a value
  CHECK(params["w"].tensor().shape() == Shape{2});
  const auto [z, same] = Mix{}.partial(kA).init_by_shape(random::key(0), {{{5, 2}}});
  CHECK(z.shape() == Shape{5, 2});
}
