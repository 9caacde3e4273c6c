// Names, paths, keys and parameters.
#include <catch2/catch.hpp>

#include <thread>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/dense.h>
#include <linseed/tests/support/body.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

/// One parameter and no sub-modules.
struct Shift : nn::Module<Shift> {
  Tensor apply(const Tensor& x) const {
    return x + param("shift", {2}, nn::initializers::normal());
  }
};

/// No parameters; says where it is.
struct Where : nn::Module<Where> {
  std::vector<std::string>* paths = nullptr;
  Tensor apply(const Tensor& x) const {
    paths->push_back(nn::current_frame()->path());
    return x;
  }
};

std::vector<std::string> names(const Tree& tree) {
  std::vector<std::string> result;
  for (const auto& [name, child] : tree) result.push_back(name);
  return result;
}

Tree init(const std::function<Tensor(const Tensor&)>& body) {
  return Body{.body = body}.init(random::key(0), zeros({2})).params;
}
Tensor call(const Tree& params, const std::function<Tensor(const Tensor&)>& body) {
  return Body{.body = body}.call(params, zeros({2}));
}

}  // namespace

TEST_CASE("all classes share one counter, and explicit names take no number from it") {
  const Tree params = init([](Tensor x) {
    const Tensor image = reshape(x, {1, 1, 1, 2});
    nn::Conv{.features = 1, .kernel_size = {1, 1}}(image);
    nn::Conv{.features = 1, .kernel_size = {1, 1}}(image);
    nn::Dense{.features = 2}.named("mid")(x);
    return nn::Dense{.features = 2}(Shift{}(x));
  });
  CHECK(names(params) == std::vector<std::string>{"Conv_0", "Conv_1", "mid", "Shift_2", "Dense_3"});
  CHECK(names(params["Conv_0"]) == std::vector<std::string>{"kernel", "bias"});
}

TEST_CASE("each frame counts on its own, and from 0 at each application") {
  const auto body = [](const Tensor& x) {
    return Body{.body = [](const Tensor& y) { return Shift{}(y); }}(Shift{}(x));
  };
  const Tree params = init(body);
  CHECK(names(params) == std::vector<std::string>{"Shift_0", "Body_1"});
  CHECK(names(params["Body_1"]) == std::vector<std::string>{"Shift_0"});
  CHECK(call(params, body).shape() == Shape{2});
}

TEST_CASE("a module without parameters leaves an empty dictionary") {
  std::vector<std::string> paths;
  const Tree params = init([&](const Tensor& x) { return Where{.paths = &paths}(x); });
  CHECK(names(params) == std::vector<std::string>{"Where_0"});
  CHECK(params["Where_0"].empty());
  CHECK_NOTHROW(call(params, [&](const Tensor& x) { return Where{.paths = &paths}(x); }));
}

TEST_CASE("a path is made of the names from the top") {
  std::vector<std::string> paths;
  const Where where{.paths = &paths};
  const auto nested = [&](const Tensor& x) {
    return Body{.body = [&](const Tensor& y) { return where.named("w")(y); }}(where(x));
  };
  const Body top{.body = nested};
  where.init(random::key(0), zeros({2}));
  top.init(random::key(0), zeros({2}));
  top.named("a").init(random::key(0), zeros({2}));
  CHECK(paths ==
        std::vector<std::string>{"/", "/Where_0", "/Body_1/w", "/a/Where_0", "/a/Body_1/w"});
}

TEST_CASE("a nested call without a name has no path, until it is given one") {
  std::vector<std::string> paths;
  const nn::Model<Where> model(Where{.paths = &paths}, {});
  CHECK(fails<InvalidArgument>([&] { init([&](const Tensor& x) { return model(x); }); },
                               {"name", ".named("}) == "");
  init([&](const Tensor& x) { return model.named("inner")(x); });
  CHECK(paths == std::vector<std::string>{"/inner"});
}

TEST_CASE("a parameter's key comes from the names on the way to it") {
  // Golden values of JAX-style keys: a module "dummy" under key 0.
  struct Dummy : nn::Module<Dummy> {
    Tensor apply(const Tensor& x) const {
      const Tensor kernel = param("kernel", {1, 2}, nn::initializers::lecun_normal());
      return matmul(x, kernel) + param("bias", {2}, nn::initializers::normal());
    }
  };
  const Tree params = Body{.body = [](const Tensor& x) { return Dummy{}.named("dummy")(x); }}
                          .init(random::key(0), ones({1, 1}))
                          .params;
  // Last digits depend on the approximation of the inverse error function.
  const auto kernel = values(params["dummy"]["kernel"]);
  CHECK(kernel[0] == Approx(-1.714646).epsilon(1e-5));
  CHECK(kernel[1] == Approx(2.090286).epsilon(1e-5));
  const auto bias = values(params["dummy"]["bias"]);
  CHECK(bias[0] == Approx(-0.0021627).epsilon(1e-4));  // five digits are given
  CHECK(bias[1] == Approx(0.0006133).epsilon(1e-4));
}

TEST_CASE("the key of a top-level module is the caller's, whatever its name") {
  const nn::Dense dense{.features = 2};
  const Tree params = dense.init(random::key(0), ones({1, 2})).params;
  const auto kernel = values(params["kernel"]);
  const double golden[] = {-0.8998358, 0.0919663, 0.3864919, 0.4284315};
  for (std::size_t i = 0; i < 4; ++i) CHECK(kernel[i] == Approx(golden[i]).epsilon(1e-5));
  const Tree named = dense.named("head").init(random::key(0), ones({1, 2})).params;
  CHECK(bits(named["kernel"]) == bits(params["kernel"]));
}

TEST_CASE("values depend on names, not on the order of declaration") {
  const auto one = [](const Tensor& x) { return Shift{}.named("one")(x); };
  const auto two = [](const Tensor& x) { return Shift{}.named("two")(x); };
  const Tree forward = init([&](const Tensor& x) { return two(one(x)); });
  const Tree backward = init([&](const Tensor& x) { return one(two(x)); });
  CHECK(bits(forward["one"]["shift"]) == bits(backward["one"]["shift"]));
  CHECK(bits(forward["one"]["shift"]) != bits(forward["two"]["shift"]));
}

TEST_CASE("init creates parameters, apply looks them up and ignores others") {
  int made = 0;
  const auto body = [&](const Tensor& x) {
    return x + nn::param("w", {2}, [&](const Tensor&, const Shape& shape) {
             ++made;
             return ones(shape);
           });
  };
  Tree params = init(body);
  CHECK(made == 1);
  params["unused"] = ones({7});
  CHECK(values(call(params, body)) == std::vector<double>{1, 1});
  CHECK(made == 1);
  // In apply mode a parameter may be asked for again.
  CHECK(values(call(params, [&](const Tensor& x) { return body(body(x)); })) ==
        std::vector<double>{2, 2});
}

TEST_CASE("a thread of its own has no module running") {
  init([](const Tensor& x) {
    CHECK(nn::current_frame() != nullptr);
    std::thread([] { CHECK(nn::current_frame() == nullptr); }).join();
    return x;
  });
  CHECK(nn::current_frame() == nullptr);
}
