// Collections, scopes and randomness, as the tests of flax.nn 0.2.2 have them.
#include <catch2/catch.hpp>

#include <optional>
#include <thread>

#include <linseed/framework/module/stochastic.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/peer/modules.h>
#include <linseed/tests/support/body.h>
#include <linseed/tests/support/errors.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

using nn::Collection;

/// Adds x to a state.
struct Adds : nn::Module<Adds> {
  Collection* in = nullptr;
  Tensor apply(const Tensor& x) const {
    auto sum = state("state", x.shape(), nn::initializers::zeros(), in);
    sum.set(sum.get() + x);
    return x;
  }
};

/// x + bias, kept in a collection beside what that held before.
struct Keeps : nn::Module<Keeps> {
  std::pair<Tensor, std::optional<Tree>> apply(const Tensor& x, Collection* activations) const {
    const Tensor y = x + param("bias", x.shape(), nn::initializers::ones());
    std::optional<Tree> before;
    if (activations != nullptr) {
      if (const Tree* found = activations->retrieve()) before = *found;
      const bool replaces = activations->store({{"y", y}}).has_value();
      CHECK(replaces == before.has_value());
    }
    return {y, before};
  }
};

/// Uses one of them twice.
struct Loop : nn::Module<Loop> {
  Tensor apply(const Tensor& x, Collection* activations) const {
    const auto dummy = Keeps{}.shared("dummy");
    return dummy(dummy(x, activations).first, activations).first;
  }
};

Values kept(const Collection& collection, std::string_view path, std::string_view name = "y") {
  return values(collection[path][name]);
}

}  // namespace

TEST_CASE("peer 016: state lives in a given collection or in a scope, and changes by copies") {
  CHECK(breaks(ModuleRule::E14, [] { Adds{}.init(key(), one()); }, {"stateful"}) == "");

  const Collection empty;
  const auto [given, at_init] =
      empty.mutate([](Collection& c) { return Adds{.in = &c}.init(key(), one()).params; });
  CHECK(empty.as_dict().empty());
  CHECK(kept(at_init, "/", "state") == Values{1});
  const auto [y, after] = at_init.mutate([&, &before = at_init](Collection& c) {
    CHECK(kept(before, "/", "state") == Values{1});
    return Adds{.in = &c}.call({}, one());
  });
  CHECK(kept(after, "/", "state") == Values{2});
  CHECK(kept(at_init, "/", "state") == Values{1});

  const auto [made, scoped] = nn::stateful([] {
    CHECK(nn::get_state().as_dict().empty());
    return Adds{}.create(key(), one());
  });
  CHECK(kept(scoped, "/", "state") == Values{1});
  const auto [z, later] = nn::stateful(scoped, [&, &m = made] {
    CHECK(kept(nn::get_state(), "/", "state") == Values{1});
    return m.model(one());
  });
  CHECK(kept(later, "/", "state") == Values{2});
  CHECK(kept(scoped, "/", "state") == Values{1});
}

TEST_CASE("peer 018: what a module stores is retrieved in the next application") {
  const auto [made, activations] = Collection().mutate([](Collection& c) {
    const auto created = Keeps{}.create(key(), one(), &c);
    CHECK_FALSE(created.output.second.has_value());
    return created;
  });
  activations.mutate([&, &m = made](Collection& c) {
    const auto previous = m.model(one(), &c).second;
    REQUIRE(previous.has_value());
    CHECK(values((*previous)["y"]) == Values{2});
    return 0;
  });
}

TEST_CASE("peer 019: of several calls of one module the last is kept") {
  const auto activations =
      Collection()
          .mutate([](Collection& c) { return Loop{}.init(key(), one(), &c).output; })
          .second;
  CHECK(activations.as_dict().size() == 1);
  CHECK(kept(activations, "/dummy") == Values{3});
}

TEST_CASE("peer 020: several top-level modules share a collection if they have names") {
  const auto activations = Collection()
                               .mutate([](Collection& c) {
                                 Loop{}.named("a").init(key(), one(), &c);
                                 return Loop{}.named("b").init(key(), one(), &c).output;
                               })
                               .second;
  CHECK(activations.as_dict().size() == 2);
  CHECK(kept(activations, "/a/dummy") == Values{3});
  CHECK(kept(activations, "/b/dummy") == Values{3});
  const auto unnamed = [](Collection& c) {
    Loop{}.init(key(), one(), &c);
    return Loop{}.init(key(), one(), &c).output;
  };
  CHECK(breaks(ModuleRule::E21, [&] { Collection().mutate(unnamed); }, {".named("}) == "");
}

TEST_CASE("peer 021: a mutable collection does not enter a transformation") {
  Collection().mutate([](Collection& c) {
    const auto same = jit([](const Collection& in) { return in; });
    CHECK(breaks(ModuleRule::E16, [&] { same(c); }, {"mutable"}) == "");
    return 0;
  });
}

TEST_CASE("peer 022: a collection is looked up by whole paths, wherever that is done") {
  const Collection collection(Tree{{"/dummy/sub", {{"x", one()}}}});
  Body{.body = [&](const Tensor& x) {
    return Body{.body = [&](const Tensor& y) {
      CHECK(kept(collection, "/dummy/sub", "x") == Values{1});
      return y;
    }}(x);
  }}.init(key(), one());
}

TEST_CASE("peer 023: a collection made inside a module keeps paths from there") {
  struct Holder : nn::Module<Holder> {
    Collection apply(const Tensor& x) const {
      return Collection()
          .mutate([&](Collection& c) {
            Loop{}.named("a")(x, &c);
            return Loop{}.named("b")(x, &c);
          })
          .second;
    }
  };
  const Collection activations = Holder{}.named("nested").init(key(), one()).output;
  CHECK(activations.as_dict().size() == 2);
  CHECK(kept(activations, "/a/dummy") == Values{3});
  CHECK(kept(activations, "/b/dummy") == Values{3});
}

TEST_CASE("peer 024: the module that makes a collection does not store into it itself") {
  const Body top{.body = [](const Tensor& x) {
    Collection().mutate([&](Collection& c) { return c.store({{"x", x}}).has_value(); });
    return x;
  }};
  CHECK(breaks(ModuleRule::E19, [&] { top.init(key(), one()); },
               {"State should be stored from within a module"}) == "");
}

TEST_CASE("peer 025: a shared module does not store outside of where it was declared") {
  const Body outer{.body = [](const Tensor& x) {
    const auto shared = Keeps{}.shared("dummy");
    const Body inner{.body = [&](const Tensor& y) {
      return Collection().mutate([&](Collection& c) { return shared(y, &c).first; }).first;
    }};
    return inner(x);
  }};
  CHECK(breaks(ModuleRule::E20, [&] { outer.init(key(), one()); },
               {"Trying to capture state outside", "shared"}) == "");
}

TEST_CASE("peer 026: modules that run stand on a stack") {
  CHECK(nn::current_frame() == nullptr);
  Body{.body = [](const Tensor& x) {
    const auto outer = nn::current_frame();
    REQUIRE(outer != nullptr);
    Body{.body = [&](const Tensor& y) {
      CHECK(nn::current_frame() != outer);
      CHECK(nn::current_frame()->parent == outer);
      return y;
    }}(x);
    CHECK(nn::current_frame() == outer);
    return x;
  }}.init(key(), one());
  CHECK(nn::current_frame() == nullptr);
}

TEST_CASE("peer 027: each thread has a stack of its own") {
  Body{.body = [](const Tensor& x) {
    const auto outer = nn::current_frame();
    std::thread([&] {
      CHECK(nn::current_frame() == nullptr);
      Body{.body =
               [&](const Tensor& y) {
                 CHECK(nn::current_frame()->parent == nullptr);
                 return y;
               }}
          .named("elsewhere")
          .init(key(), one());
    }).join();
    CHECK(nn::current_frame() == outer);
    return x;
  }}.init(key(), one());
}

TEST_CASE("peer 028: an exception takes only its own module off the stack") {
  struct Foreign {};
  Body{.body = [](const Tensor& x) {
    const auto outer = nn::current_frame();
    const Body throws{.body = [](const Tensor&) -> Tensor { throw Foreign(); }};
    CHECK_THROWS_AS(throws(x), Foreign);
    CHECK(nn::current_frame() == outer);
    return x;
  }}.init(key(), one());
  CHECK(nn::current_frame() == nullptr);
}

TEST_CASE("peer 039: no key is drawn outside of a scope") {
  CHECK(breaks(ModuleRule::E26, [] { nn::make_rng(); }, {"stochastic"}) == "");
}

TEST_CASE("peer 040: the draws of a scope are numbered from 1") {
  nn::stochastic(key(), [] {
    CHECK(bits(nn::make_rng()) == bits(random::fold_in(key(), 1)));
    CHECK(bits(nn::make_rng()) == bits(random::fold_in(key(), 2)));
    return 0;
  });
}

TEST_CASE("peer 041: init by shape draws from a scope below the caller's, and values come out") {
  struct Draws : nn::Module<Draws> {
    Tensor apply() const { return nn::make_rng(); }
  };
  const Tensor drawn =
      nn::stochastic(key(), [] { return Draws{}.init_by_shape(key(), {}).output; });
  CHECK(bits(drawn) == bits(random::fold_in(random::fold_in(key(), 1), 1)));
}
