// Matrix products, as NumPy's.
#include <linseed/framework/ops/matmul.h>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/tests/golden/ops.h>
#include <linseed/tests/support/golden.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;

Shape shape_of(Shape a, Shape b) {
  return matmul(zeros(std::move(a)), zeros(std::move(b))).shape();
}

}  // namespace

TEST_CASE("matmul multiplies matrices") {
  const Tensor a = Tensor::from({1, 2, 3, 4}, {2, 2});
  const Tensor b = Tensor::from({5, 6, 7, 8}, {2, 2});
  CHECK(values(matmul(a, b)) == Numbers{19, 22, 43, 50});
  CHECK(matmul(a, b).dtype() == int32);
  // Sums of four products of numbers below 1 in float32.
  check_golden(matmul(uneven({2, 3, 4}, 1), uneven({4, 2}, 2)), golden::kMatmul, 1e-6);
}

TEST_CASE("a vector is a row on the left and a column on the right") {
  const Tensor a = Tensor::from({1, 2, 3, 4}, {2, 2});
  const Tensor v = Tensor::from({10, 1}, {2});
  CHECK(values(matmul(v, a)) == Numbers{13, 24});
  CHECK(values(matmul(a, v)) == Numbers{12, 34});
  CHECK(matmul(v, v).shape() == Shape{});
  CHECK(matmul(v, v).item<int>() == 101);
  CHECK(shape_of({2}, {5, 2, 3}) == Shape{5, 3});
  CHECK(shape_of({5, 3, 2}, {2}) == Shape{5, 3});
}

TEST_CASE("leading dimensions broadcast") {
  CHECK(shape_of({5, 1, 2, 3}, {4, 3, 6}) == Shape{5, 4, 2, 6});
  CHECK(shape_of({2, 3}, {4, 3, 6}) == Shape{4, 2, 6});
  CHECK(shape_of({0, 2, 3}, {3, 6}) == Shape{0, 2, 6});
  const Tensor a = reshape(arange(12), {2, 2, 3});
  const Tensor b = reshape(arange(12), {2, 3, 2});
  CHECK(values(matmul(a, b)) == Numbers{10, 13, 28, 40, 172, 193, 244, 274});
}

TEST_CASE("a product over nothing is zero") {
  CHECK(values(matmul(zeros({2, 0}), zeros({0, 2}))) == Numbers{0, 0, 0, 0});
}

TEST_CASE("factors meet in the promoted type, bool as int32") {
  CHECK(matmul(ones({2, 2}, int32), ones({2, 2}, float64)).dtype() == float64);
  CHECK(matmul(ones({2, 2}, bool_), ones({2, 2}, bool_)).dtype() == int32);
}

TEST_CASE("matmul names both factors that do not fit") {
  CHECK_THROWS_WITH(shape_of({2, 3}, {4, 5}), Catch::Contains("3 against 4") &&
                                                  Catch::Contains("[2,3] float32") &&
                                                  Catch::Contains("[4,5] float32"));
  CHECK_THROWS_WITH(shape_of({7, 2, 3}, {4, 5}), Catch::Contains("3 against 4"));
  CHECK_THROWS_WITH(shape_of({2, 2, 3}, {3, 3, 4}),
                    Catch::Contains("matmul") && Catch::Contains("[2]") && Catch::Contains("[3]"));
  CHECK_THROWS_WITH(shape_of({}, {2}), Catch::Contains("scalar") && Catch::Contains("use *"));
}

}  // namespace linseed::test
