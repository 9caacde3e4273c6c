// Reading by index: values, clamping, and errors.
#include <linseed/framework/ops/indexing.h>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;

Tensor table() { return reshape(arange(6), {3, 2}); }

}  // namespace

TEST_CASE("take reads slices along an axis") {
  CHECK(values(take(table(), Tensor::from({2, 0}, {2}), 0)) == Numbers{4, 5, 0, 1});
  CHECK(values(take(table(), Tensor::from({1}, {1}), -1)) == Numbers{1, 3, 5});
  CHECK(take(table(), Tensor(1), 0).shape() == Shape{2});
  CHECK(take(table(), zeros({4, 5}, int32), 1).shape() == Shape{3, 4, 5});
  CHECK(take(table(), zeros({0}, int32), 0).shape() == Shape{0, 2});
  CHECK(take(zeros({3, 2}, bool_), Tensor(1), 0).dtype() == bool_);
}

TEST_CASE("indices count from the end when negative, and are clamped beyond") {
  const Tensor indices = Tensor::from({-1, -3, 3, 100, -4, -100}, {6});
  CHECK(values(take(arange(3), indices, 0)) == Numbers{2, 0, 2, 2, 0, 0});
  CHECK(values(take(arange(3), astype(indices, int64), 0)) == Numbers{2, 0, 2, 2, 0, 0});
  CHECK(values(take(arange(3), Tensor::from({4000000000U}, {1}), 0)) == Numbers{2});
}

TEST_CASE("the derivative of take adds up at repeated indices") {
  const Tensor indices = Tensor::from({1, 1, -1}, {3});
  const auto loss = [&](const Tensor& x) {
    return sum(take(x, indices, 0) * vector({1, 10, 100}));
  };
  CHECK(values(grad(loss)(vector({0, 0, 0}))) == Numbers{0, 11, 100});
}

TEST_CASE("take_adjoint puts updates where take would read") {
  const Tensor updates = Tensor::from({1.F, 2.F, 3.F, 4.F}, {2, 2});
  CHECK(values(take_adjoint(updates, Tensor::from({2, 2}, {2}), 0, 3)) ==
        Numbers{0, 0, 0, 0, 4, 6});
  CHECK(values(take_adjoint(updates, Tensor::from({0, 1}, {2}), 1, 3)) ==
        Numbers{1, 2, 0, 3, 4, 0});
}

TEST_CASE("one_hot marks classes, and nothing for labels outside") {
  CHECK(values(one_hot(Tensor::from({1, 0, 2, -1}, {4}), 2)) == Numbers{0, 1, 1, 0, 0, 0, 0, 0});
  CHECK(one_hot(zeros({2, 3}, int32), 5).shape() == Shape{2, 3, 5});
  CHECK(one_hot(Tensor(1), 2, int32).dtype() == int32);
  CHECK(sum(one_hot(full({1}, 3, uint8), 300)).item<float>() == 1);
}

TEST_CASE("wrong indices are errors that name what was given") {
  CHECK_THROWS_WITH(take(table(), vector({0}), 0), Catch::Contains("take") &&
                                                       Catch::Contains("int32") &&
                                                       Catch::Contains("float32"));
  CHECK_THROWS_WITH(take(table(), Tensor(0), 2), Catch::Contains("axis 2"));
  CHECK_THROWS_WITH(take(zeros({0, 2}), Tensor(0), 0),
                    Catch::Contains("empty") && Catch::Contains("[0,2] float32"));
  CHECK_THROWS_WITH(take_adjoint(zeros({3, 4}), zeros({5}, int32), 0, 2),
                    Catch::Contains("[3,4] float32") && Catch::Contains("[5] int32"));
  CHECK_THROWS_WITH(take_adjoint(zeros({3}), zeros({3}, int32), 0, 0), Catch::Contains("size 0"));
  CHECK_THROWS_AS(take_adjoint(zeros({3}), zeros({3, 1}, int32), 0, 2), InvalidArgument);
  CHECK_THROWS_WITH(one_hot(Tensor(1), -1), Catch::Contains("one_hot: -1 classes"));
}

}  // namespace linseed::test
