// Collections and their rules.
#include <catch2/catch.hpp>

#include <linseed/framework/module/module.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/support/body.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

/// Stores its input in a given collection.
struct Store : nn::Module<Store> {
  nn::Collection* into = nullptr;
  Tensor apply(const Tensor& x) const {
    into->store({{"x", x}});
    return x;
  }
};

Tensor one() { return vector({1}); }

}  // namespace

TEST_CASE("a module stores under its path, relative to where the collection was made") {
  const auto [y, all] = nn::Collection().mutate([](nn::Collection& c) {
    const Store store{.into = &c};
    return Body{.body = [&](const Tensor& x) { return store.named("a")(store(x)); }}
        .named("top")
        .init(random::key(0), one())
        .output;
  });
  CHECK(all.as_dict().size() == 2);
  CHECK(values(all["/top/Store_0"]["x"]) == std::vector<double>{1});
  CHECK(all.as_dict().contains("/top/a"));
  CHECK_FALSE(all.is_mutable());
  CHECK(fails<InvalidArgument>([&, &entries = all] { entries["/nowhere"]; }, {"/top/a"}) == "");

  Body{.body =
           [](const Tensor& x) {
             const auto [z, inner] = nn::Collection().mutate([&](nn::Collection& c) {
               const Store store{.into = &c};
               return Body{.body = [&](const Tensor& v) { return store.named("s")(v); }}.named("a")(
                   x);
             });
             CHECK(inner.as_dict().contains("/a/s"));
             return z;
           }}
      .named("nested")
      .init(random::key(0), one());
}

TEST_CASE("mutate works on a copy") {
  const nn::Collection original({{"/", {{"x", vector({7})}}}});
  const auto [y, changed] = original.mutate([](nn::Collection& c) {
    CHECK(c.is_mutable());
    return Store{.into = &c}.init(random::key(0), one()).output;
  });
  CHECK(values(original["/"]["x"]) == std::vector<double>{7});
  CHECK(values(changed["/"]["x"]) == std::vector<double>{1});
}

TEST_CASE("E16: a mutable collection is not cloned, copied or transformed") {
  nn::Collection().mutate([](nn::Collection& c) {
    const auto same = [](const Tensor& t) { return t; };
    const auto through = jit([](const nn::Collection& in) { return in; });
    CHECK(breaks(ModuleRule::E16, [&] { tree::map(same, c); }, {"E16", "mutable"}) == "");
    CHECK(breaks(ModuleRule::E16, [&] { through(c); }, {"E16"}) == "");
    CHECK(breaks(ModuleRule::E16, [&] { tree::leaves(c); }, {"E16"}) == "");
    CHECK(breaks(ModuleRule::E16, [&] { c.mutate([](nn::Collection&) { return 0; }); }, {"E16"}) ==
          "");
    CHECK(breaks(ModuleRule::E16, [&] { nn::stateful(c, [] { return 0; }); }, {"E16"}) == "");
    CHECK(breaks(ModuleRule::E16, [&] { nn::stateful(c, nn::frozen, [] { return 0; }); },
                 {"E16"}) == "");
    CHECK(breaks(ModuleRule::E16, [&] { nn::Collection copy = c; }, {"E16"}) == "");
    return 0;
  });
}

TEST_CASE("E17: store and retrieve need a running module") {
  nn::Collection().mutate([](nn::Collection& c) {
    CHECK(breaks(ModuleRule::E17, [&] { c.store({}); }, {"E17", "store()", "Collection(tree)"}) ==
          "");
    CHECK(breaks(ModuleRule::E17, [&] { c.retrieve(); }, {"E17", "retrieve()"}) == "");
    return 0;
  });
}

TEST_CASE("E18: a frozen collection stays as it is") {
  nn::Collection frozen({{"/", {{"x", vector({7})}}}});
  CHECK(breaks(ModuleRule::E18, [&] { Store{.into = &frozen}.init(random::key(0), one()); },
               {"E18", "not mutable", "stateful", "; in /"}) == "");
  CHECK(values(frozen["/"]["x"]) == std::vector<double>{7});

  struct Sets : nn::Module<Sets> {
    nn::Collection* in = nullptr;
    Tensor apply(const Tensor& x) const {
      nn::State variable(*in, "x");
      variable.set(x);
      return x;
    }
  };
  CHECK(breaks(ModuleRule::E18, [&] { Sets{.in = &frozen}.init(random::key(0), one()); }, {}) ==
        "");
  CHECK(values(frozen["/"]["x"]) == std::vector<double>{7});
}

TEST_CASE("E19: the module that made a collection does not store into it") {
  const Body top{.body = [](const Tensor& x) {
    return nn::Collection()
        .mutate([&](nn::Collection& c) {
          CHECK(c.retrieve() == nullptr);
          c.store({{"x", x}});
          return x;
        })
        .first;
  }};
  CHECK(breaks(ModuleRule::E19, [&] { top.init(random::key(0), one()); },
               {"State should be stored from within a module"}) == "");
}

TEST_CASE("E20: only what runs below the module that made a collection uses it") {
  const Body top{.body = [](const Tensor& x) {
    // Made in "a/long_name", used in "b".
    nn::Collection made;
    Body{.body = [&](const Tensor& y) {
      return Body{.body =
                      [&](const Tensor& z) {
                        made = nn::Collection();
                        return z;
                      }}
          .named("long_name")(y);
    }}.named("a")(x);
    const auto in_b = [&](const std::function<void(nn::Collection&)>& use) {
      return made.mutate([&](nn::Collection& c) {
        return Body{.body =
                        [&](const Tensor& y) {
                          use(c);
                          return y;
                        }}
            .named("b")
            .init(random::key(0), x)
            .output;
      });
    };
    CHECK(breaks(ModuleRule::E20, [&] { in_b([](nn::Collection& c) { c.store({}); }); },
                 {"Trying to capture state outside", "/b", "/a/long_name"}) == "");
    CHECK(breaks(ModuleRule::E20, [&] { in_b([](nn::Collection& c) { c.retrieve(); }); },
                 {"outside"}) == "");
    return x;
  }};
  top.init(random::key(0), one());
}

TEST_CASE("E21: two top-level modules in one collection need names") {
  const auto run = [](const auto& first, const auto& second) {
    return [=] {
      return nn::Collection().mutate([&](nn::Collection& c) {
        first(Store{.into = &c}).init(random::key(0), one());
        second(Store{.into = &c}).init(random::key(0), one());
        return 0;
      });
    };
  };
  const auto unnamed = [](const Store& store) { return store; };
  const auto named = [](const char* name) {
    return [name](const Store& store) { return store.named(name); };
  };
  CHECK(breaks(ModuleRule::E21, run(unnamed, unnamed), {"E21", ".named("}) == "");
  CHECK(breaks(ModuleRule::E21, run(named("a"), unnamed), {"E21"}) == "");
  CHECK(run(named("a"), named("b"))().second.as_dict().size() == 2);
  CHECK(run(named("a"), named("a"))().second.as_dict().size() == 1);  // one entry, on purpose
}

TEST_CASE("each scope starts without a root") {
  nn::Collection state;
  for (int i = 0; i < 2; ++i) {
    state = state
                .mutate([](nn::Collection& c) {
                  return Store{.into = &c}.init(random::key(0), one()).output;
                })
                .second;
  }
  CHECK(state.as_dict().size() == 1);
}

TEST_CASE("a collection keeps no parameters alive") {
  std::weak_ptr<Node> kernel;
  nn::Collection kept;
  {
    struct Uses : nn::Module<Uses> {
      nn::Collection* into = nullptr;
      Tensor apply(const Tensor& x) const {
        into->store({{"x", x * 2}});
        return x * get_param("w");
      }
    };
    const Tree params{{"w", one()}};
    kernel = params["w"].tensor().node();
    kept = nn::Collection()
               .mutate([&](nn::Collection& c) { return Uses{.into = &c}.call(params, one()); })
               .second;
  }
  evaluate(kept);
  CHECK(kernel.expired());
}
