// Triangles and diagonals: against NumPy, with edge cases, derivatives and errors.
#include <linseed/framework/ops/triangular.h>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/tests/golden/compositions.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/samples.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;
using Inputs = std::vector<Tensor>;

Tensor cube() { return reshape(arange(24), {2, 3, 4}); }

}  // namespace

TEST_CASE("triangles and diagonals equal NumPy's") {
  using namespace golden;
  const auto check = [](std::int64_t offset, const auto& lower, const auto& upper, const auto& unit,
                        const auto& mask, const auto& along, const auto& turned) {
    INFO("offset " << offset);
    check_golden(tril(cube(), offset), lower, 0);
    check_golden(triu(cube(), offset), upper, 0);
    check_golden(eye(3, 4, offset), unit, 0);
    check_golden(tri(3, 4, offset), mask, 0);
    check_golden(diagonal(cube(), offset, 1, 2), along, 0);
    check_golden(diagonal(cube(), offset, -1, 0), turned, 0);
  };
  check(0, kTril, kTriu, kEye, kTri, kDiagonal, kDiagonalTurned);
  check(1, kTrilAbove, kTriuAbove, kEyeAbove, kTriAbove, kDiagonalAbove, kDiagonalTurnedAbove);
  check(-2, kTrilBelow, kTriuBelow, kEyeBelow, kTriBelow, kDiagonalBelow, kDiagonalTurnedBelow);
}

TEST_CASE("triangles keep their type, and far offsets take all or nothing") {
  const Tensor x = ones({2, 2});
  for (const DType dtype : kAllDTypes) {
    CHECK(tril(ones({2, 2}, dtype)).dtype() == dtype);
    CHECK(values(triu(ones({2, 2}, dtype), 1)) == Numbers{0, 1, 0, 0});
    CHECK(eye(2, dtype).dtype() == dtype);
  }
  CHECK(values(tril(x, 9)) == Numbers{1, 1, 1, 1});
  CHECK(values(tril(x, -9)) == Numbers{0, 0, 0, 0});
  CHECK(values(eye(2)) == Numbers{1, 0, 0, 1});
  CHECK(tri(2, 3).dtype() == float32);
  CHECK(diagonal(x, 5).shape() == Shape{0});
  CHECK(diagonal(x, -5).shape() == Shape{0});
  CHECK(diagonal(zeros({3, 0, 2}), 0, 0, 1).shape() == Shape{2, 0});
  CHECK(tril(zeros({0, 2, 3})).shape() == Shape{0, 2, 3});
  CHECK(eye(0).shape() == Shape{0, 0});
}

TEST_CASE("derivatives of triangles and diagonals equal differences") {
  const std::vector<TensorFunction> functions = {
      [](const Inputs& x) { return square(tril(x[0])); },
      [](const Inputs& x) { return square(triu(x[0], -1)); },
      [](const Inputs& x) { return square(diagonal(x[0], 1)); },
      [](const Inputs& x) { return square(diagonal(x[0], -1, 1, 0)); }};
  for (std::size_t i = 0; i < functions.size(); ++i) {
    INFO("function " << i);
    CHECK(first_derivative_error(functions[i], {spread_values({3, 3}, -2, 2)}).worst <= 1);
    CHECK(second_derivative_error(functions[i], {spread_values({3, 3}, -2, 2)}).worst <= 1);
  }
}

TEST_CASE("what has no matrix has no triangle and no diagonal") {
  const Tensor x = zeros({3});
  using E = InvalidArgument;
  CHECK(fails<E>([&] { return tril(x); }, {"tril", "[3] float32"}) == "");
  CHECK(fails<E>([&] { return triu(Tensor(1.F)); }, {"triu", "float32"}) == "");
  CHECK(fails<E>([&] { return diagonal(x); }, {"diagonal", "axis 1"}) == "");
  CHECK(fails<E>([&] { return diagonal(cube(), 0, 1, -2); }, {"diagonal", "1", "-2", "same"}) ==
        "");
  CHECK(fails<E>([] { return eye(-1); }, {"-1", "negative"}) == "");
}

}  // namespace linseed::test
