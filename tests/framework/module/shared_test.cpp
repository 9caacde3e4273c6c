// Shared modules.
#include <catch2/catch.hpp>

#include <optional>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/tests/support/body.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

using Values = std::vector<double>;

/// x · w, and a note of where and in which mode it ran.
struct Scale : nn::Module<Scale> {
  std::vector<std::string>* notes = nullptr;
  Tensor apply(const Tensor& x) const {
    if (notes != nullptr) {
      notes->push_back(nn::current_frame()->path() + (is_initializing() ? " init" : " apply"));
    }
    return x * param("w", {x.dim(-1)}, nn::initializers::ones());
  }
};

/// Uses a shared layer that it was given as a field.
struct User : nn::Module<User> {
  nn::Required<nn::Shared<Scale>> layer;
  Tensor apply(const Tensor& x) const { return layer.get()(x) + 1; }
};

Tree init(const std::function<Tensor(const Tensor&)>& body) {
  return Body{.body = body}.init(random::key(0), vector({1, 2})).params;
}
std::string names(const Tree& tree) {
  std::string text;
  for (const auto& [name, child] : tree) text += name + " ";
  return text;
}

}  // namespace

TEST_CASE("shared modules, explicit names and generated ones use one counter") {
  // flax.nn's own example of its rules: the bare number is the unnamed shared module's.
  const Tree params = init([](const Tensor& x) {
    Tensor y = Scale{}(x);
    y = Scale{}.named("mid")(y);
    y = Scale{}.shared()(y);
    return Scale{}(Scale{}(y));
  });
  CHECK(names(params) == "Scale_0 mid 1 Scale_2 Scale_3 ");
}

TEST_CASE("a shared module belongs to the frame that declares it, wherever it is used") {
  std::vector<std::string> notes;
  const auto body = [&](const Tensor& x) {
    const auto layer = Scale{.notes = &notes}.shared("layer");
    // The first use is in another module, which so makes the parameters.
    const Tensor y = User{.layer = layer}.named("user")(x);
    return User{.layer = layer}(layer(y));
  };
  const Tree params = init(body);
  CHECK(names(params) == "user layer User_0 ");
  CHECK(params["user"].empty());
  CHECK(values(params["layer"]["w"]) == Values{1, 1});
  CHECK(notes == std::vector<std::string>{"/layer init", "/layer apply", "/layer apply"});

  notes.clear();
  const Tree doubled{{"user", Tree()}, {"layer", {{"w", vector({2, 2})}}}, {"User_0", Tree()}};
  CHECK(values(Body{.body = body}.call(doubled, vector({1, 2}))) == Values{13, 21});
  CHECK(notes == std::vector<std::string>{"/layer apply", "/layer apply", "/layer apply"});
}

TEST_CASE("a shared module below others is found through any number of frames") {
  const Tree params = init([](const Tensor& x) {
    const Body inner{.body = [](const Tensor& y) {
      const auto layer = Scale{}.shared();
      const Body deeper{.body = [&](const Tensor& z) { return User{.layer = layer}(z); }};
      return layer(deeper(y));
    }};
    return inner(inner(x));
  });
  CHECK(names(params) == "Body_0 Body_1 ");
  CHECK(names(params["Body_0"]) == "Body_1 0 ");  // declared first: the number 0
  CHECK(names(params["Body_0"]["Body_1"]) == "User_0 ");
  CHECK(values(params["Body_1"]["0"]["w"]) == Values{1, 1});
}

TEST_CASE("what a shared module's first use has made, a use inside of it sees") {
  struct Recursive : nn::Module<Recursive> {
    const std::optional<nn::Shared<Recursive>>* self = nullptr;
    int depth = 3;
    Tensor apply(const Tensor& x, int level = 0) const {
      const Tensor y = x * param("w", {2}, nn::initializers::ones()) * 2;
      return level < depth ? (**self)(y, level + 1) : y;
    }
  };
  std::optional<nn::Shared<Recursive>> self;
  const Tree params = init([&](const Tensor& x) {
    self = Recursive{.self = &self}.shared("r");
    const Tensor y = (*self)(x);
    CHECK(values(y) == Values{16, 32});
    return y;
  });
  CHECK(names(params["r"]) == "w ");
}

TEST_CASE("a later use of a shared module at init cannot make parameters") {
  struct Grows : nn::Module<Grows> {
    Tensor apply(const Tensor& x, bool more = false) const {
      return more ? x * param("late", {}, nn::initializers::ones()) : x;
    }
  };
  CHECK(breaks(ModuleRule::E11,
               [] {
                 init([](const Tensor& x) {
                   const auto grows = Grows{}.shared("grows");
                   return grows(grows(x), true);
                 });
               },
               {"\"late\"", "; in /grows"}) == "");
}

TEST_CASE("at init a later use sets a state anew and then updates it") {
  const Body twice{.body = [](const Tensor& x) {
    const auto norm = nn::BatchNorm{.momentum = 0.5f}.shared("norm");
    return norm(norm(x));
  }};
  const auto [made, stats] = nn::stateful([&] {
    return twice.init(random::key(0), Tensor::from({1.f, 3.f}, {2, 1}));
  });
  // The second use sees a normalised batch: mean 0, variance 1 but for epsilon.
  CHECK(values(stats["/norm"]["mean"])[0] == Approx(0).margin(1e-6));
  CHECK(values(stats["/norm"]["var"])[0] == Approx(1).epsilon(1e-4));
  const auto [y, after] = nn::stateful(stats, [&, &m = made] {
    return twice.call(m.params, Tensor::from({1.f, 3.f}, {2, 1}));
  });
  CHECK(values(after["/norm"]["mean"])[0] ==
        Approx(0.5).epsilon(1e-5));  // (0 + 2) / 2 = 1, then (1 + 0) / 2
}

TEST_CASE("gradients of all uses of a shared module add up, compiled and not") {
  const Body square{.body = [](const Tensor& x) {
    const auto layer = Scale{}.shared("layer");
    return layer(layer(x));
  }};
  const auto model = square.create_by_shape(random::key(0), {{{2}}})
                         .model.replace({{"layer", {{"w", vector({3, 5})}}}});
  const auto loss = [](const nn::Model<Body>& m) { return sum(m(vector({1, 2}))); };
  // d(w² x)/dw = 2 w x
  CHECK(values(grad(loss)(model).params["layer"]["w"]) == Values{6, 20});
  CHECK(values(jit(grad(loss))(model).params["layer"]["w"]) == Values{6, 20});
}

TEST_CASE("E2: a shared module keeps its name, even if the other one is equal") {
  for (const char* name : {"b", "a"}) {
    CHECK(breaks(ModuleRule::E2,
                 [&] { init([&](const Tensor& x) { return Scale{}.shared("a").named(name)(x); }); },
                 {"E2", "\"a\"", ".shared("}) == "");
  }
}

TEST_CASE("E4: a shared module's name is checked at its first use") {
  init([](const Tensor& x) {
    Scale{}.shared("a/b");
    return x;
  });
  CHECK(breaks(ModuleRule::E4,
               [] { init([](const Tensor& x) { return Scale{}.shared("a/b")(x); }); },
               {"\"a/b\""}) == "");
}

TEST_CASE("E5: a name is a shared module's or an unshared one's, in either order") {
  const auto shared_first = [](const Tensor& x) {
    return Scale{}.named("a")(Scale{}.shared("a")(x));
  };
  const auto shared_last = [](const Tensor& x) {
    return Scale{}.shared("a")(Scale{}.named("a")(x));
  };
  CHECK(breaks(ModuleRule::E5, [&] { init(shared_first); }, {"E5", "\"a\"", "unshared"}) == "");
  CHECK(breaks(ModuleRule::E5, [&] { init(shared_last); }, {"E5", "\"a\"", "unshared"}) == "");
  const Tree params{{"a", {{"w", vector({1, 1})}}}};
  CHECK(breaks(ModuleRule::E5,
               [&] {
                 Body{.body = shared_last}.call(params, vector({1, 2}));
               },
               {"\"a\""}) == "");
}

TEST_CASE("E7: a shared module, too, is used at init before it is called") {
  const Body body{.body = [](const Tensor& x) { return Scale{}.shared("a")(x); }};
  CHECK(breaks(ModuleRule::E7, [&] { body.call({}, vector({1, 2})); }, {"\"a\""}) == "");
}

TEST_CASE("E8: a shared module is not named like a parameter") {
  CHECK(breaks(ModuleRule::E8,
               [] {
                 init([](const Tensor& x) {
                   return Scale{}.shared("w")(x * nn::param("w", {}, nn::initializers::ones()));
                 });
               },
               {"\"w\"", "parameter"}) == "");
}

TEST_CASE("E9: modules are shared inside of a module that runs") {
  CHECK(breaks(ModuleRule::E9, [] { Scale{}.shared("a"); }, {"E9", "Scale.shared()"}) == "");

  std::optional<nn::Shared<Scale>> kept;
  const Tree params = init([&](const Tensor& x) {
    kept = Scale{}.shared("a");
    return (*kept)(x);
  });
  CHECK(breaks(ModuleRule::E9, [&] { (*kept)(vector({1, 2})); }, {"\"a\"", "finished"}) == "");
  // Also if another application of the same module runs by then.
  CHECK(breaks(ModuleRule::E9, [&] { init([&](const Tensor& x) { return (*kept)(x); }); },
               {"\"a\"", "finished"}) == "");
}

TEST_CASE("E10: a shared name is declared once, at init and later") {
  const auto twice = [](const Tensor& x) {
    Scale{}.shared("a");
    return Scale{}.shared("a")(x);
  };
  CHECK(breaks(ModuleRule::E10, [&] { init(twice); }, {"E10", "\"a\"", "already"}) == "");
  CHECK(breaks(ModuleRule::E10,
               [&] {
                 Body{.body = twice}.call({}, vector({1, 2}));
               },
               {"\"a\""}) == "");
  // A given name meets a generated one.
  CHECK(breaks(ModuleRule::E10,
               [] {
                 init([](const Tensor& x) {
                   Scale{}.shared("0");
                   return Scale{}.shared()(x);
                 });
               },
               {"\"0\""}) == "");
}

TEST_CASE("a shared module goes through init by shape like any other") {
  const Body body{.body = [](const Tensor& x) {
    const auto layer = Scale{}.shared();
    return User{.layer = layer}(layer(x));
  }};
  const auto [y, params] = body.init_by_shape(random::key(0), {{{3, 2}}});
  CHECK(y.shape() == Shape{3, 2});
  CHECK(values(params["0"]["w"]) == Values{1, 1});
}
