#include <catch2/catch.hpp>

#include <linseed/framework/module/class_name.h>

namespace {

struct Plain {};
template <class T, int n = 0>
struct Template {
  struct Inner {};
};

}  // namespace

namespace outer::inner {
struct Nested {
  struct Member {};
};
}  // namespace outer::inner

using linseed::nn::class_name;

TEST_CASE("a class is named without its namespaces and outer classes") {
  CHECK(class_name<Plain>() == "Plain");
  CHECK(class_name<outer::inner::Nested>() == "Nested");
  CHECK(class_name<outer::inner::Nested::Member>() == "Member");
}

TEST_CASE("a class template is named without its arguments") {
  CHECK(class_name<Template<int>>() == "Template");
  CHECK(class_name<Template<Template<outer::inner::Nested>, 3>>() == "Template");
  CHECK(class_name<Template<outer::inner::Nested>::Inner>() == "Inner");
}

TEST_CASE("a class inside of a function is named without the function") {
  struct Local {};
  CHECK(class_name<Local>() == "Local");
  const auto in_lambda = [](auto) {
    struct Deeper {};
    return class_name<Deeper>();
  };
  CHECK(in_lambda(1) == "Deeper");
}

TEST_CASE("a class name is known at compile time") {
  static_assert(class_name<Plain>() == "Plain");
  SUCCEED();
}
