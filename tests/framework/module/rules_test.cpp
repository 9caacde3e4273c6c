// The rules of the module system, E1 to E27, each broken in the shortest way. Their details are
// tested where they belong:
//   E1 E4 E6 E7 E8 E11 E12 E13   frame_errors_test.cpp      E2 E5 E9 E10   shared_test.cpp
//   E3 and the clash of bound arguments   partial_test.cpp      E25   method_test.cpp
//   E14 E15   state_test.cpp      E16 E17 E18 E19 E20 E21   collection_test.cpp
//   E22 E23 E24   truncated_test.cpp      E26   stochastic_test.cpp
//   E27   tests/modules/batch_norm_errors_test.cpp
#include <catch2/catch.hpp>

#include <functional>
#include <map>

#include <linseed/framework/module/stochastic.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/dense.h>
#include <linseed/tests/support/body.h>
#include <linseed/tests/support/errors.h>

using namespace linseed;
using namespace linseed::test;
using enum ModuleRule;
namespace nn = linseed::nn;

namespace {

const nn::Dense kDense{.features = 2};
const Tensor kX = linseed::ones({3, 2});

/// `body` inside of a module at init.
auto inside(std::function<void()> body) {
  return [=] {
    const auto run = [&](const Tensor& x) {
      body();
      return x;
    };
    Body{.body = run}.init(random::key(0), kX);
  };
}
/// `body` inside of a module that has no parameters.
auto inside_call(std::function<void()> body) {
  return [=] {
    const auto run = [&](const Tensor& x) {
      body();
      return x;
    };
    Body{.body = run}.call({}, kX);
  };
}
Tensor weight(const Shape& shape = {}) { return nn::param("w", shape, nn::initializers::ones()); }

struct Clear : nn::Module<Clear> {
  static constexpr bool is_transparent = true;
  bool with_child = false;
  Tensor apply(const Tensor& x) const { return with_child ? kDense(x) : x; }
};

/// A collection made in one module and used in another.
void store_elsewhere() {
  nn::Collection made;
  Body{.body = [&](const Tensor& x) {
    made = nn::Collection();
    return x;
  }}.named("a")(kX);
  made.mutate([](nn::Collection& c) {
    Body{.body = [&](const Tensor& x) {
      c.store({});
      return x;
    }}.named("b")(kX);
    return 0;
  });
}
void two_roots() {
  nn::stateful([] {
    nn::BatchNorm{}.init(random::key(0), kX);
    return nn::BatchNorm{}.init(random::key(0), kX).output;
  });
}
void train_frozen() {
  const auto [made, stats] =
      nn::stateful([] { return nn::BatchNorm{}.create(random::key(0), kX); });
  nn::stateful(stats, nn::frozen, [&, &m = made] { return m.model(kX); });
}
void copy_mutable() {
  nn::Collection().mutate([](nn::Collection& c) { return nn::Collection(c); });
}
void store_in_anchor() {
  nn::Collection().mutate([](nn::Collection& c) {
    c.store({});
    return 0;
  });
}

template <class T, class... Args>
concept Nameable = requires(const T& t, Args... args) {
  t.named(args...);
};
template <class T, class... Args>
concept Truncatable = requires(const T& t, Args... args) {
  t.truncate_at(args...);
};
template <class T>
concept HasApply = requires(const T& t) {
  t.template method<&nn::BatchNorm::apply>(kX, Tensor());
};

/// What breaks each rule when it runs.
const std::map<ModuleRule, std::function<void()>> kBreaks{
    {E1, [] { kDense(kX); }},
    {E2, inside([] { kDense.shared("a").named("b")(kX); })},
    {E4, inside([] { kDense.named("a/b")(kX); })},
    {E5, inside([] { kDense.named("a")(kX), kDense.shared("a")(kX); })},
    {E6, inside([] { kDense.named("a")(kX), kDense.named("a")(kX); })},
    {E7, inside_call([] { kDense(kX); })},
    {E8, inside([] { weight(), weight(); })},
    {E9, [] { kDense.shared("a"); }},
    {E10, inside([] { kDense.shared("a"), kDense.shared("a"); })},
    {E11, inside_call([] { weight(); })},
    {E12,
     [] {
       Body{.body = [](const Tensor&) { return weight({2}); }}.call({{"w", kX}}, kX);
     }},
    {E13, [] { weight(); }},
    {E14, inside([] { nn::state("s", {}, nn::initializers::zeros()); })},
    {E15, inside_call([] {
       nn::stateful([] { return nn::state("s", {}, nn::initializers::zeros()).get(); });
     })},
    {E16, copy_mutable},
    {E17, [] { nn::Collection().retrieve(); }},
    {E18, train_frozen},
    {E19, inside(store_in_anchor)},
    {E20, inside(store_elsewhere)},
    {E21, two_roots},
    {E22, [] { Clear{}.init(random::key(0), kX); }},
    {E23, [] { Clear{.with_child = true}.init(random::key(0), kX); }},
    {E26, [] { nn::make_rng(); }},
    {E27, [] { nn::BatchNorm{.use_running_average = true}.init(random::key(0), kX); }},
};

/// A word of what to do instead, for those whose tests do not ask for it.
const std::map<ModuleRule, std::string> kRemedies{
    {E4, "write '_'"},          {E12, "anew with init"},
    {E13, "run that by .init"}, {E17, "read it by its path"},
    {E20, "around both"},       {E22, ".named(\"0\")"},
};

/// Which rules cannot be broken, because it does not compile.
const std::map<ModuleRule, bool> kDoesNotCompile{
    {E3, !Nameable<nn::Dense, int> && Nameable<nn::Dense, const char*>},
    {E24, !Truncatable<nn::Model<nn::Dense>> && Truncatable<nn::Model<nn::Dense>, const char*>},
    {E25, !HasApply<nn::Model<nn::Dense>> && HasApply<nn::Model<nn::BatchNorm>>},
};

}  // namespace

TEST_CASE("each of the 27 rules is broken with its code, or cannot be") {
  for (int i = 1; i <= 27; ++i) {
    INFO("E" << i);
    const auto rule = static_cast<ModuleRule>(i);
    const auto run_time = kBreaks.find(rule);
    const auto compile_time = kDoesNotCompile.find(rule);
    REQUIRE((run_time != kBreaks.end()) != (compile_time != kDoesNotCompile.end()));
    if (compile_time != kDoesNotCompile.end()) {
      CHECK(compile_time->second);
    } else {
      const std::string code = "E" + std::to_string(i) + ": ";
      const auto remedy = kRemedies.find(rule);
      const std::string words = remedy == kRemedies.end() ? "" : remedy->second;
      CHECK(breaks(rule, run_time->second, {code, words}) == "");
    }
  }
}
