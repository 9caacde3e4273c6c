// Operations that move elements: values as in NumPy, and errors.
#include <linseed/framework/ops/movement.h>

#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;

Tensor counting(Shape shape) { return reshape(arange(shape.size()), shape); }

}  // namespace

TEST_CASE("reshape works one size out and shares the buffer") {
  const Tensor x = arange(12);
  CHECK(reshape(x, {3, -1}).shape() == Shape{3, 4});
  CHECK(reshape(x, {2, 2, 3}).shape() == Shape{2, 2, 3});
  CHECK(reshape(Tensor(1), {1, 1}).shape() == Shape{1, 1});
  CHECK(reshape(zeros({0, 3}), {-1, 3}).shape() == Shape{0, 3});
  const Tensor view = reshape(x, {3, 4});
  evaluate(x, view);
  CHECK(view.raw_data() == x.raw_data());
  CHECK(expand_dims(x, 0).shape() == Shape{1, 12});
  CHECK(expand_dims(x, -1).shape() == Shape{12, 1});
}

TEST_CASE("reshape says what does not fit") {
  const Tensor x = arange(12);
  CHECK_THROWS_WITH(reshape(x, {5, 2}), Catch::Contains("[12] int32") && Catch::Contains("[5,2]"));
  CHECK_THROWS_WITH(reshape(x, {5, -1}), Catch::Contains("12") && Catch::Contains("[5,-1]"));
  CHECK_THROWS_WITH(reshape(x, {-1, -1}), Catch::Contains("more than one unknown"));
  CHECK_THROWS_AS(reshape(x, {-2, -6}), InvalidArgument);
  CHECK_THROWS_AS(reshape(zeros({0}), {0, -1}), InvalidArgument);
  CHECK_THROWS_WITH(expand_dims(x, 2), Catch::Contains("expand_dims") && Catch::Contains("2"));
}

TEST_CASE("transpose turns dimensions") {
  CHECK(values(transpose(counting({2, 3}))) == Numbers{0, 3, 1, 4, 2, 5});
  const Tensor turned = transpose(counting({2, 3, 4}), {2, 0, -2});
  CHECK(turned.shape() == Shape{4, 2, 3});
  CHECK(values(turned)[0 * 6 + 1 * 3 + 2] == 1 * 12 + 2 * 4 + 0);
  CHECK(values(turned)[3 * 6 + 0 * 3 + 1] == 0 * 12 + 1 * 4 + 3);
  CHECK(transpose(Tensor(1)).shape() == Shape{});
  const Tensor unmoved = zeros({2, 3});
  CHECK(transpose(unmoved, {0, -1}).node() == unmoved.node());
  CHECK(transpose(zeros({2, 0})).shape() == Shape{0, 2});
}

TEST_CASE("transpose refuses what is no permutation") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(transpose(x, {0, 0}),
                    Catch::Contains("[0,0]") && Catch::Contains("[2,3] float32"));
  CHECK_THROWS_WITH(transpose(x, {0}), Catch::Contains("no permutation"));
  CHECK_THROWS_WITH(transpose(x, {0, 2}), Catch::Contains("axis 2"));
}

TEST_CASE("broadcast_to repeats") {
  CHECK(values(broadcast_to(Tensor::from({1, 2}, {2, 1}), {2, 3})) == Numbers{1, 1, 1, 2, 2, 2});
  CHECK(values(broadcast_to(Tensor::from({1, 2}, {2}), {2, 2})) == Numbers{1, 2, 1, 2});
  CHECK(broadcast_to(Tensor(1), {0, 3}).shape() == Shape{0, 3});
  CHECK_THROWS_WITH(broadcast_to(zeros({2, 3}), {3}),
                    Catch::Contains("[2,3] float32") && Catch::Contains("[3]"));
  CHECK_THROWS_WITH(broadcast_to(zeros({2}), {3}),
                    Catch::Contains("[2]") && Catch::Contains("[3]"));
}

TEST_CASE("slice takes what Python takes") {
  const Tensor x = arange(10);
  CHECK(values(slice(x, {2}, {5})) == Numbers{2, 3, 4});
  CHECK(values(slice(x, {-3}, {10})) == Numbers{7, 8, 9});
  CHECK(values(slice(x, {0}, {-7})) == Numbers{0, 1, 2});
  CHECK(values(slice(x, {1}, {100}, {4})) == Numbers{1, 5, 9});
  CHECK(values(slice(x, {-100}, {2})) == Numbers{0, 1});
  CHECK(slice(x, {5}, {5}).size() == 0);
  CHECK(slice(x, {6}, {3}).size() == 0);
  CHECK(slice(x, {20}, {30}).size() == 0);
  CHECK(values(slice(counting({3, 4}), {0, 1}, {3, 4}, {2, 2})) == Numbers{1, 3, 9, 11});
}

TEST_CASE("slice and pad want one number for each dimension") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(slice(x, {0}, {1, 1}), Catch::Contains("1 starts") && Catch::Contains("[2,3]"));
  CHECK_THROWS_WITH(slice(x, {0, 0}, {1}), Catch::Contains("1 stops"));
  CHECK_THROWS_WITH(slice(x, {0, 0}, {1, 1}, {1}), Catch::Contains("1 strides"));
  CHECK_THROWS_WITH(slice(x, {0, 0}, {1, 1}, {1, 0}), Catch::Contains("stride 0"));
  CHECK_THROWS_WITH(pad(x, {0}, {0, 0}), Catch::Contains("1 paddings before"));
  CHECK_THROWS_WITH(pad(x, {0, 0}, {0, -1}), Catch::Contains("negative") && Catch::Contains("-1"));
}

TEST_CASE("pad puts zeros around and between") {
  CHECK(values(pad(Tensor::from({1, 2}, {2}), {1}, {2}, {1})) == Numbers{0, 1, 0, 2, 0, 0});
  CHECK(values(pad(counting({2, 2}), {0, 1}, {1, 0})) == Numbers{0, 0, 1, 0, 2, 3, 0, 0, 0});
  CHECK(values(pad(zeros({0}), {1}, {2}, {3})) == Numbers{0, 0, 0});
  CHECK(pad(Tensor(1), {}, {}).shape() == Shape{});
}

TEST_CASE("concatenate joins and promotes") {
  const Tensor a = counting({2, 2});
  const Tensor b = Tensor::from({0.5F, 1.5F}, {2, 1});
  const Tensor joined = concatenate({a, b}, -1);
  CHECK(joined.dtype() == float32);
  CHECK(values(joined) == Numbers{0, 1, 0.5, 2, 3, 1.5});
  CHECK(values(concatenate({a, a}, 0)) == Numbers{0, 1, 2, 3, 0, 1, 2, 3});
  CHECK(concatenate({zeros({0, 2}), zeros({3, 2})}, 0).shape() == Shape{3, 2});
  CHECK(values(concatenate({a}, 1)) == values(a));
}

TEST_CASE("concatenate names both parts that do not fit") {
  CHECK_THROWS_WITH(concatenate({zeros({2, 2}), zeros({3, 3})}, 0),
                    Catch::Contains("[2,2] float32") && Catch::Contains("[3,3] float32") &&
                        Catch::Contains("axis 0"));
  CHECK_THROWS_WITH(concatenate({zeros({2, 2}), zeros({2})}, 0), Catch::Contains("[2] float32"));
  CHECK_THROWS_WITH(concatenate({}, 0), Catch::Contains("nothing to join"));
  CHECK_THROWS_WITH(concatenate({zeros({2})}, 1), Catch::Contains("axis 1"));
  CHECK_THROWS_AS(concatenate({Tensor(1), Tensor(2)}, 0), InvalidArgument);
}

TEST_CASE("sum_to undoes a broadcast") {
  CHECK(values(sum_to(ones({2, 3}), {3})) == Numbers{2, 2, 2});
  CHECK(values(sum_to(ones({2, 3}), {2, 1})) == Numbers{3, 3});
  CHECK(sum_to(ones({2, 3}), {}).item<float>() == 6);
  CHECK(values(sum_to(ones({0, 3}), {1, 3})) == Numbers{0, 0, 0});
}

}  // namespace linseed::test
