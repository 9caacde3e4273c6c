// Traversals, as the tests of flax 0.2.2 have them. Here what they select is a path, and what they
// update is a map over a tree; f doubles.
#include <catch2/catch.hpp>

#include <algorithm>

#include <linseed/tests/peer/modules.h>
#include <linseed/tests/support/errors.h>

using namespace linseed;
using namespace linseed::test;

namespace {

struct Foo {
  Tensor foo;
  static constexpr auto tree = fields<&Foo::foo>;
};

struct Point {
  Tensor x;
  Tensor y;
  static constexpr auto tree = fields<&Point::x, &Point::y>;
};

/// All leaves.
template <class T>
Values all(const T& value) {
  Values numbers;
  for (const Tensor& t : tree::leaves(value)) numbers.push_back(t.item<double>());
  return numbers;
}

/// What is at `paths`, and `value` with it doubled.
template <class T>
std::pair<Values, T> doubled_at(const std::vector<std::string>& paths, const T& value) {
  Values selected;
  T updated = tree::map_with_path(
      [&](const std::string& path, const Tensor& t) {
        if (std::find(paths.begin(), paths.end(), path) == paths.end()) return t;
        selected.push_back(t.item<double>());
        return t * 2;
      },
      value);
  return {selected, updated};
}

template <class T>
void check_doubled(const std::vector<std::string>& paths, const T& value, const Values& selected,
                   const Values& updated) {
  const Values before = all(value);
  const auto [values, result] = doubled_at(paths, value);
  CHECK(values == selected);
  CHECK(all(result) == updated);
  CHECK(all(value) == before);
}

const Tensor k1(1), k2(2), k3(3), k4(4);

}  // namespace

TEST_CASE("peer 103: the whole") { check_doubled({""}, k1, {1}, {2}); }

TEST_CASE("peer 104: an item of a dictionary") {
  check_doubled({"foo"}, Tree{{"foo", k1}}, {1}, {2});
}

TEST_CASE("peer 105, 106: an item, and a slice, of a tuple") {
  check_doubled({"1"}, std::tuple(k1, k2, k3), {2}, {1, 4, 3});
  check_doubled({"1", "2"}, std::tuple(k1, k2, k3, k4), {2, 3}, {1, 4, 6, 4});
}

TEST_CASE("peer 107, 109, 110: a member of a struct") {
  check_doubled({"y"}, Point{k1, k2}, {2}, {1, 4});
}

TEST_CASE("peer 108: the only member of a struct") { check_doubled({"foo"}, Foo{k1}, {1}, {2}); }

TEST_CASE("peer 111: two selections of each item, together") {
  const std::vector<Tree> list{{{"foo", k1}, {"bar", k2}}, {{"foo", k3}, {"bar", k4}}};
  check_doubled({"0/foo", "0/bar", "1/foo", "1/bar"}, list, {1, 2, 3, 4}, {2, 4, 6, 8});
}

TEST_CASE("peer 112, 113, 114: all tensors of lists and dictionaries, in order") {
  const std::vector<Tree> list{{{"foo", Tensor(1)}}, {{"bar", Tensor(2)}}};
  CHECK(tree::leaves(list)[0].item<std::int32_t>() == 1);
  CHECK(tree::leaves(list)[1].item<std::int32_t>() == 2);
  const auto doubled = tree::map([](const Tensor& t) { return t * 2; }, list);
  CHECK(doubled[0]["foo"].tensor().item<std::int32_t>() == 2);
  CHECK(doubled[1]["bar"].tensor().item<std::int32_t>() == 4);
  CHECK(list[0]["foo"].tensor().item<std::int32_t>() == 1);
}

TEST_CASE("peer 115: those tensors that a predicate holds for") {
  const std::vector<Tensor> numbers{Tensor(1), Tensor(-2), Tensor(3), Tensor(-4)};
  const auto positive = tree::map_with_path(
      [](const std::string&, const Tensor& t) { return t.item<std::int32_t>() < 0 ? -t : t; },
      numbers);
  Values now;
  for (const Tensor& t : positive) now.push_back(t.item<double>());
  CHECK(now == Values{1, 2, 3, 4});
}

TEST_CASE("peer 116: values are set in order, and as many as there are") {
  const Tree old{{"foo", {{"0", Tensor(1)}, {"1", Tensor(2)}}}};
  const Tree changed = tree::with_leaves(old, {Tensor(3), Tensor(4)});
  CHECK(values(changed["foo"]["0"]) == Values{3});
  CHECK(values(changed["foo"]["1"]) == Values{4});
  CHECK(fails<InvalidArgument>([&] { tree::with_leaves(old, {Tensor(3)}); }, {"1", "2"}) == "");
  CHECK(fails<InvalidArgument>(
            [&] {
              tree::with_leaves(old, {Tensor(3), Tensor(4), Tensor(5)});
            },
            {"3", "2"}) == "");
}

TEST_CASE("peer 117, 118: a dictionary flat and nested, empty parts aside") {
  const Tree nested{{"foo", Tensor(1)}, {"bar", {{"a", Tensor(2)}, {"b", Tree()}}}};
  const auto flat = tree::named_leaves(nested);
  REQUIRE(flat.size() == 2);
  CHECK(flat[0].names == std::vector<std::string>{"foo"});
  CHECK(flat[1].names == std::vector<std::string>{"bar", "a"});
  Tree back;
  for (const auto& [names, tensor] : flat) {
    Tree* part = &back;
    for (const std::string& name : names) part = &(*part)[name];
    *part = tensor;
  }
  CHECK(values(back["foo"]) == Values{1});
  CHECK(values(back["bar"]["a"]) == Values{2});
  CHECK_FALSE(back["bar"].contains("b"));
}
