// What is saved comes back, whatever its type, shape, name or place.
#include <cmath>
#include <limits>
#include <map>

#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/tests/framework/io/support.h>

using namespace linseed;
using namespace linseed::test;

namespace {

Tensor floats(std::initializer_list<float> values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

struct Inner {
  Tensor scale;
  int rate = 3;
  static constexpr auto tree = linseed::fields<&Inner::scale, &Inner::rate>;
};

struct Outer {
  Inner inner;
  std::map<std::string, Tensor> named;
  std::vector<Tensor> listed;
  std::pair<Tensor, Tree> both;
  static constexpr auto tree =
      linseed::fields<&Outer::inner, &Outer::named, &Outer::listed, &Outer::both>;
};

template <class T>
T round_trip(const T& value) {
  const TemporaryDirectory directory;
  save_checkpoint(directory.path(), value, 7);
  auto [restored, step] = restore_checkpoint(directory.path(), specs_of(value));
  CHECK(step == 7);
  return restored;
}

}  // namespace

TEST_CASE("every dtype comes back bit by bit, at every number of dimensions") {
  Tree tree;
  for (const DType dtype : kAllDTypes) {
    visit_dtype(dtype, [&](auto zero) {
      using T = decltype(zero);
      Tree& group = tree[name(dtype)];
      const T low = std::numeric_limits<T>::lowest(), high = std::numeric_limits<T>::max();
      group["scalar"] = Tensor::from({high}, {});
      group["vector"] = Tensor::from({low, high, T(1)}, {3});
      group["block"] = Tensor::from({low, high, T(1), T(0), high, low}, {1, 2, 3, 1});
      group["empty"] = Tensor::from(std::initializer_list<T>{}, {0});
      group["flat"] = Tensor::from(std::initializer_list<T>{}, {3, 0, 2});
    });
  }
  CHECK(same_tree(round_trip(tree), tree));
}

TEST_CASE("values that are not finite come back as they are") {
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor values = floats({infinity, -infinity, std::nanf("17"), -0.f, 1e-45f});
  CHECK(same_bits(round_trip(values), values));
}

TEST_CASE("a tree that is a single tensor is saved") {
  CHECK(same_bits(round_trip(Tensor(2.5)), Tensor(2.5)));
}

TEST_CASE("any name will do") {
  Tree tree;
  const std::string names[] = {"a/b",   "",           ".",
                               "..",    "...",        "%",
                               "%25",   "/Conv_0",    "Größe 大小",
                               " ",     "\n\x01\x7f", std::string("nul\0here", 8),
                               "state", "@kind",      std::string(341, '/')};
  float value = 0;
  for (const std::string& name : names) {
    tree[name] = floats({value});
    tree["deeper"][name]["still"] = floats({++value});
  }
  CHECK(same_tree(round_trip(tree), tree));
}

TEST_CASE("structs, maps, lists, pairs and empty containers nest") {
  const Tree dictionary{{"a", floats({1})}, {"none", Tree()}};
  Outer outer;
  outer.inner = {floats({1, 2}), 4};
  outer.named = {{"z", floats({3})}, {"b", floats({4})}};
  outer.listed = {floats({5}), floats({6}), Tensor(7)};
  outer.both = {floats({8}), dictionary};
  const Outer restored = round_trip(outer);
  CHECK(same_tree(restored, outer));
  CHECK(restored.inner.rate == 4);
  CHECK(restored.both.second.contains("none"));
  const Outer nothing{};
  CHECK_THROWS_AS(round_trip(nothing), InvalidArgument);  // its tensors were never assigned
  CHECK(round_trip(std::vector<Tensor>()).empty());
  CHECK(round_trip(Tree()).empty());
}

TEST_CASE("entries keep their order, and match by name in another") {
  Tree tree;
  for (int i = 0; i < 40; ++i) tree[std::to_string(i * 7 % 40)] = Tensor(i);
  CHECK(same_tree(round_trip(tree), tree));

  const TemporaryDirectory directory;
  save_checkpoint(directory.path(), tree, 0);
  std::map<std::string, Tensor> sorted;
  for (const auto& [name, part] : tree) sorted[name] = Tensor(0);
  sorted = restore_checkpoint(directory.path(), sorted).value;
  for (const auto& [name, part] : tree) CHECK(same_bits(sorted.at(name), part.tensor()));
}

TEST_CASE("a sub-tree is restored alone") {
  const TemporaryDirectory directory;
  const Tree model{{"kernel", floats({1, 2})}, {"bias", floats({3})}};
  const Tree tree{{"optimizer", Tree{{"target", model}, {"step", Tensor(9)}}},
                  {"state", Tree{{"/Conv_0", floats({4})}}}};
  save_checkpoint(directory.path(), tree, 3);

  CHECK(same_tree(
      restore_checkpoint(directory.path(), specs_of(model), {.at = "optimizer/target"}).value,
      model));
  CHECK(
      restore_checkpoint(directory.path(), Tensor(0), {.at = "optimizer/step"}).value.item<int>() ==
      9);
  CHECK(restore_checkpoint(directory.path(), floats({0}), {.at = "state/%2FConv_0"})
            .value.item<float>() == 4);
  const auto restore_elsewhere = [&] {
    restore_checkpoint(directory.path(), model, {.at = "optimizer/model"});
  };
  CHECK_THAT(message_of<InvalidArgument>(restore_elsewhere),
             Catch::Contains("'model'") && Catch::Contains("known names: target, step"));
}

TEST_CASE("the text of the configuration is kept") {
  const TemporaryDirectory directory;
  const std::string text = "{\"layers\": [1, 2], \"name\": \"ü\"}";
  save_checkpoint(directory.path(), Tensor(1), 1, {.keep = 9, .config = text});
  save_checkpoint(directory.path(), Tensor(1), 2, {.keep = 9});
  CHECK(checkpoint_config(directory.path(), {.step = 1}) == text);
  CHECK(checkpoint_config(directory.path()).empty());
}

TEST_CASE("the same state gives the same bytes") {
  Tree tree{{"a", floats({1, 2, 3})}, {"flag", Tensor(true)}, {"empty", Tree()}};
  for (int i = 0; i < 30; ++i) tree["many"][std::to_string(i)] = Tensor::from({i, i, i}, {3});
  io::FileSystem files;
  const TemporaryDirectory first, second;
  const io::Uuid uuid = {1, 2, 3};
  const auto save = [&](const TemporaryDirectory& directory) {
    return read_file(
        io::save(files, directory.path(), io::describe(tree), 5, {.config = "{}"}, uuid));
  };
  const std::string bytes = save(first);
  const std::vector<Tree> other_memory(100, tree);
  CHECK(save(second) == bytes);
  CHECK(bytes.substr(0, 8) == "LINSEED\n");
  CHECK(bytes.substr(512, 8) == "\x89HDF\r\n\x1a\n");
}

TEST_CASE("what a tree cannot have in a file is refused before anything is written") {
  const TemporaryDirectory directory;
  Tree deep = floats({1});
  for (int i = 0; i < 70; ++i) deep = Tree{{"x", deep}};
  CHECK_THROWS_AS(save_checkpoint(directory.path(), deep, 1), InvalidArgument);
  const Tree long_name{{std::string(2000, 'x'), floats({1})}};
  CHECK_THROWS_AS(save_checkpoint(directory.path(), long_name, 1), InvalidArgument);
  const Tensor wide = Tensor::from({1.f}, Shape(std::vector<std::int64_t>(33, 1)));
  CHECK_THROWS_AS(save_checkpoint(directory.path(), wide, 1), InvalidArgument);
  const Tree traced{{"x", specs_of(floats({1}))}};
  CHECK_THAT(message_of<InvalidArgument>([&] { save_checkpoint(directory.path(), traced, 1); }),
             Catch::Contains("'x'") && Catch::Contains("a test"));
  CHECK(directory.names().empty());
}
