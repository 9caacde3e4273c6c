// Trees: walking, naming, mapping and matching.
#include <linseed/framework/core/tree.h>

#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed {
namespace {

struct State {
  Tensor weight;
  int step = 3;
  std::vector<Tensor> slots;
  static constexpr auto tree = fields<&State::weight, &State::step, &State::slots>;
};

Tensor number(float value) { return Tensor(value); }
float read(const Tensor& tensor) { return tensor.item<float>(); }

std::vector<std::string> paths(const auto& value) {
  std::vector<std::string> result;
  for (const auto& leaf : tree::named_leaves(value)) result.push_back(leaf.path());
  return result;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("leaves have names in every kind of container") {
  const Tensor x = number(1);
  CHECK(paths(x) == Names{""});
  CHECK(paths(std::vector{x, x}) == Names{"0", "1"});
  CHECK(paths(std::array{x, x}) == Names{"0", "1"});
  CHECK(paths(std::pair(x, std::tuple(x, x))) == Names{"0", "1/0", "1/1"});
  CHECK(paths(std::map<std::string, Tensor>{{"b", x}, {"a", x}}) == Names{"a", "b"});
  CHECK(paths(State{x, 1, {x, x}}) == Names{"weight", "slots/0", "slots/1"});
  CHECK(paths(Tree{{"b", x}, {"a", Tree{{"c", x}}}}) == Names{"b", "a/c"});
  CHECK(paths(std::tuple<>()).empty());
  CHECK(paths(std::pair(2.5F, x)) == Names{"1"});
}

TEST_CASE("many entries are found by name, in copies and after moves, too") {
  Tree tree;
  const auto name = [](int i) { return "layer_" + std::to_string(i); };
  const auto check = [&](const Tree& t, int count) {
    CHECK(t.size() == static_cast<std::size_t>(count));
    int next = 0;  // in the order of insertion
    for (const auto& [key, child] : t) CHECK(key == name(next++));
    for (int i = 0; i < count; ++i) CHECK(read(t.at(name(i))) == static_cast<float>(i));
    CHECK(!t.contains(name(count)));
  };
  for (int i = 0; i < 100; ++i) tree[name(i)] = number(static_cast<float>(i));
  check(tree, 100);

  Tree copy = tree;
  copy[name(100)] = number(100);
  copy[name(7)] = number(8);
  check(tree, 100);
  CHECK(read(copy[name(7)]) == 8);
  copy[name(7)] = number(7);

  Tree moved = std::move(copy);
  moved[name(101)] = number(101);
  check(moved, 102);
  moved = tree;
  check(moved, 100);
  moved["inner"] = tree;
  moved = Tree(moved["inner"]);
  check(moved, 100);
}

TEST_CASE("mapping a struct keeps what is no tensor") {
  const State doubled =
      tree::map([](const Tensor& t) { return t * 2; }, State{number(1), 7, {number(2), number(3)}});
  CHECK(read(doubled.weight) == 2);
  CHECK(doubled.step == 7);
  CHECK(read(doubled.slots[1]) == 6);
}

TEST_CASE("two trees are matched by name, whatever their order") {
  const Tree a{{"x", number(1)}, {"y", Tree{{"z", number(2)}}}};
  const Tree b{{"y", Tree{{"z", number(20)}}}, {"x", number(10)}};
  const Tree sum = tree::map([](const Tensor& s, const Tensor& t) { return s + t; }, a, b);
  CHECK(paths(sum) == Names{"x", "y/z"});
  CHECK(read(sum.at("x")) == 11);
  CHECK(read(sum.at("y").at("z")) == 22);
}

TEST_CASE("trees of different kinds match if their names do") {
  const std::vector<Tensor> list{number(1), number(2)};
  const std::tuple<Tensor, Tensor> tuple(number(10), number(20));
  const auto result =
      tree::map([](const Tensor& s, const Tensor& t) { return t - s; }, list, tuple);
  CHECK(read(result[1]) == 18);
}

TEST_CASE("names that do not match are listed, missing and unexpected") {
  const Tree a{{"x", number(1)}, {"y", Tree{{"z", number(2)}}}};
  const Tree b{{"x", number(1)}, {"w", number(2)}, {"v", number(3)}};
  const auto add = [](const Tensor& s, const Tensor& t) { return s + t; };
  CHECK_THROWS_AS(tree::map(add, a, b), InvalidArgument);
  CHECK_THROWS_WITH(tree::map(add, a, b),
                    Catch::Contains("missing: y/z") && Catch::Contains("unexpected: v w"));
  CHECK_THROWS_WITH(
      tree::map(add, Tree{{"x", number(1)}}, Tree{{"x", number(1)}, {"w", number(2)}}),
      Catch::Contains("missing: none") && Catch::Contains("unexpected: w"));
}

TEST_CASE("three trees are mapped together") {
  const std::vector<Tensor> v{number(1)};
  const auto r = tree::map(
      [](const Tensor& a, const Tensor& b, const Tensor& c) { return a + b + c; }, v, v, v);
  CHECK(read(r[0]) == 3);
}

TEST_CASE("leaves are replaced in order, and their number must fit") {
  const State state{number(1), 7, {number(2)}};
  const State other = tree::with_leaves(state, {number(5), number(6)});
  CHECK(read(other.weight) == 5);
  CHECK(read(other.slots[0]) == 6);
  CHECK(read(state.weight) == 1);
  CHECK_THROWS_WITH(tree::with_leaves(state, {number(5)}),
                    Catch::Contains("1") && Catch::Contains("2"));
  CHECK_THROWS_AS(tree::with_leaves(state, {number(5), number(6), number(7)}), InvalidArgument);
}

TEST_CASE("empty dictionaries are kept") {
  const Tree tree{{"a", Tree()}, {"b", number(1)}};
  const Tree mapped = tree::map([](const Tensor& t) { return t; }, tree);
  CHECK(mapped.contains("a"));
  CHECK(mapped.at("a").empty());
  CHECK(mapped.size() == 2);
  CHECK(tree::to_tree(std::pair(tree, std::vector<Tensor>{})).at("1").empty());
}

TEST_CASE("to_tree makes nested dictionaries of containers") {
  const Tree tree = tree::to_tree(std::pair(State{number(1), 2, {number(3)}}, number(4)));
  CHECK(paths(tree) == Names{"0/weight", "0/slots/0", "1"});
  CHECK(read(tree.at("0").at("slots").at("0")) == 3);
  CHECK(read(tree::to_tree(number(5))) == 5);
}

TEST_CASE("a tree iterates in the order of insertion and finds by name") {
  Tree tree;
  tree["b"] = number(1);
  tree["a"]["c"] = number(2);
  tree["b"] = number(3);
  CHECK(paths(tree) == Names{"b", "a/c"});
  CHECK(tree.size() == 2);
  CHECK(tree.find("none") == nullptr);
  CHECK(read(std::as_const(tree)["b"]) == 3);
}

TEST_CASE("an entry may be assigned from another while it is inserted") {
  Tree tree{{"a", Tree{{"x", number(1)}}}};
  for (int i = 0; i < 20; ++i) tree[std::to_string(i)] = tree["a"];
  CHECK(read(tree.at("19").at("x")) == 1);
  CHECK(tree.size() == 21);
}

TEST_CASE("a missing name lists the known ones") {
  const Tree tree{{"kernel", number(1)}, {"bias", number(2)}};
  CHECK_THROWS_WITH(tree.at("scale"), Catch::Contains("scale") && Catch::Contains("kernel, bias"));
  CHECK_THROWS_WITH(tree["scale"], Catch::Contains("known names"));
  CHECK_THROWS_WITH(Tree().at("x"), Catch::Contains("empty"));
  CHECK_THROWS_WITH(tree.at("kernel").at("x"), Catch::Contains("tensor") && Catch::Contains("'x'"));
  CHECK_THROWS_WITH(tree.tensor(),
                    Catch::Contains("dictionary") && Catch::Contains("kernel, bias"));
}

TEST_CASE("names of members are what the source says") {
  CHECK(std::string(tree::member_name<&State::weight>()) == "weight");
  CHECK(std::string(tree::member_name<&State::slots>()) == "slots");
}

TEST_CASE("a Scalar is a leaf if it holds a tensor") {
  CHECK(tree::leaves(std::pair(Scalar(1), Scalar(number(2)))).size() == 1);
  const auto replaced = tree::with_leaves(Scalar(number(2)), {Tensor()});
  CHECK(tree::leaves(replaced).size() == 1);
}

}  // namespace linseed
