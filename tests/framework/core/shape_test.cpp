// Shapes, axes and broadcasting.
#include <linseed/framework/core/shape.h>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>

namespace linseed {

TEST_CASE("a shape knows its dimensions and size") {
  CHECK(Shape{}.size() == 1);
  CHECK(Shape{}.ndim() == 0);
  CHECK(Shape{2, 3}.size() == 6);
  CHECK(Shape{2, 0, 3}.size() == 0);
  CHECK(to_string(Shape{8, 32, 3}) == "[8,32,3]");
  CHECK(to_string(Shape{}) == "[]");
  CHECK(to_string(TensorSpec{{2}, int64}) == "[2] int64");
  CHECK(row_major_strides({2, 3, 4}) == std::vector<std::int64_t>{12, 4, 1});
}

TEST_CASE("shapes broadcast as in NumPy") {
  CHECK(broadcast_shapes({2, 3}, {3}, "add") == Shape{2, 3});
  CHECK(broadcast_shapes({3}, {2, 3}, "add") == Shape{2, 3});
  CHECK(broadcast_shapes({2, 1}, {1, 3}, "add") == Shape{2, 3});
  CHECK(broadcast_shapes({}, {4}, "add") == Shape{4});
  CHECK(broadcast_shapes({0}, {1}, "add") == Shape{0});
  CHECK(broadcast_shapes({5, 1, 0}, {3, 1}, "add") == Shape{5, 3, 0});
}

TEST_CASE("shapes that do not broadcast are both named, with the dimension") {
  CHECK_THROWS_WITH(broadcast_shapes({2, 3}, {4}, "add"),
                    Catch::Contains("add") && Catch::Contains("[2,3]") && Catch::Contains("[4]") &&
                        Catch::Contains("dimension -1") && Catch::Contains("3 against 4"));
  CHECK_THROWS_WITH(broadcast_shapes({4}, {2, 3}, "add"), Catch::Contains("4 against 3"));
  CHECK_THROWS_AS(broadcast_shapes({0}, {2}, "add"), InvalidArgument);
}

TEST_CASE("axes resolve to ascending dimensions") {
  CHECK(Axes().resolve(3, "sum") == std::vector<int>{0, 1, 2});
  CHECK(Axes(-1).resolve(3, "sum") == std::vector<int>{2});
  CHECK(Axes({2, -3}).resolve(3, "sum") == std::vector<int>{0, 2});
  CHECK(Axes(std::vector<int>{}).resolve(3, "sum").empty());
  CHECK(Axes().resolve(0, "sum").empty());
}

TEST_CASE("wrong axes are errors that name the operation, the axis and the limit") {
  CHECK_THROWS_WITH(Axes(3).resolve(3, "sum"), Catch::Contains("sum") &&
                                                   Catch::Contains("axis 3") &&
                                                   Catch::Contains("3 dim"));
  CHECK_THROWS_AS(Axes(-4).resolve(3, "sum"), InvalidArgument);
  CHECK_THROWS_AS(Axes(0).resolve(0, "sum"), InvalidArgument);
  CHECK_THROWS_WITH(Axes({1, -2}).resolve(3, "sum"),
                    Catch::Contains("twice") && Catch::Contains("1"));
  CHECK(resolve_axis(-2, 3, "x") == 1);
}

}  // namespace linseed
