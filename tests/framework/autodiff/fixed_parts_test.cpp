// What in a tree is no tensor, where a program decides or repeats: numbers, texts.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/checkpoint.h>
#include <linseed/framework/autodiff/cond.h>
#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/graph/fixed_parts.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/pmap.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

struct Named {
  Tensor value;
  std::string name;

  static constexpr auto tree = fields<&Named::value, &Named::name>;
};

using Counted = std::pair<Tensor, int>;

}  // namespace

TEST_CASE("a loop carries numbers that stay what they are, and refuses to change them") {
  const auto body = [](int step) {
    return [step](const Counted& c, const Tensor& x) {
      return std::pair(Counted(c.first + x * c.second, c.second + step), c.first);
    };
  };
  const Counted start(Tensor(0), 10);
  const auto [last, sums] = scan(body(0), start, arange(3));
  CHECK(last.first.item<int>() == 30);
  CHECK(last.second == 10);
  CHECK_THROWS_WITH(scan(body(1), start, arange(3)),
                    "scan: '1' is no tensor, so it is traced once, yet results differ in it; make "
                    "it a 0-d tensor");

  const auto below = [](const Counted& c) { return c.first < 5; };
  const auto more = [](const Counted& c) { return Counted(c.first + 1, c.second + 1); };
  CHECK_THROWS_WITH(while_loop(below, more, start),
                    Catch::Contains("while_loop: '1' is no tensor"));
}

TEST_CASE("branches that differ in what is no tensor are refused") {
  const auto named = [](std::string name) {
    return [name](const Tensor& x) { return Named{x, name}; };
  };
  const Named chosen = cond(Tensor(false), named("same"), named("same"), Tensor(5));
  CHECK(chosen.name == "same");
  CHECK_THROWS_WITH(cond(Tensor(false), named("a"), named("b"), Tensor(5)),
                    Catch::Contains("cond: 'name' is no tensor"));
  // The longer of two lists has the part that the other lacks.
  const auto list = [](std::size_t size) {
    return [size](const Tensor& x) { return std::pair(x, std::vector<int>(size)); };
  };
  CHECK_THROWS_WITH(cond(Tensor(false), list(1), list(2), Tensor(5)),
                    Catch::Contains("cond: '1/1' is no tensor"));
}

TEST_CASE("what is no tensor comes out of checkpoint and pmap as it went through") {
  const auto f = [](const Named& in) { return Named{in.value * 2, in.name + "!"}; };
  const auto loss = [&](const Tensor& x) {
    const Named out = checkpoint(f)(Named{x, "x"});
    CHECK(out.name == "x!");
    return out.value;
  };
  CHECK(grad(loss)(Tensor(1.0)).item<double>() == 2);
  const Named out = pmap(f)(Named{arange(2), "x"});
  CHECK(values(out.value) == std::vector<double>{0, 2});
  CHECK(out.name == "x!");
}

TEST_CASE("parts that are no tensors are told apart: numbers by bits, texts by what they say") {
  const auto path = [](const auto& a, const auto& b) {
    const FixedParts first = fixed_parts(a), second = fixed_parts(b);
    const std::string* found = first_difference(first, second);
    return found == nullptr ? "none" : *found;
  };
  CHECK(path(std::tuple(1, 0.5), std::tuple(1, 0.5)) == "none");
  CHECK(path(std::tuple(1, 0.0), std::tuple(1, -0.0)) == "1");
  CHECK(path(std::tuple(std::string("a")), std::tuple(std::string("a"))) == "none");
  CHECK(path(std::vector<int>{1, 2}, std::vector<int>{1}) == "1");
  CHECK(path(std::vector<int>{1}, std::vector<int>{1, 2}) == "1");
}

}  // namespace linseed::test
