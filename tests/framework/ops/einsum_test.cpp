// einsum: values and derivatives against JAX, edge cases, and errors that name the equation.
#include <linseed/framework/ops/einsum.h>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/golden/compositions.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/samples.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;
using Inputs = std::vector<Tensor>;

// Sums of up to eight products of numbers below 1, in another order than JAX's.
constexpr double kFloat = 8 * 0x1p-23;

template <std::size_t n, std::size_t m>
void check_two(const char* equation, const Shape& a, const Shape& b, const double (&expected)[n],
               const double (&gradient)[m]) {
  INFO(equation);
  const Tensor y = uneven(b, 2);
  const auto product = [&](const Tensor& x) { return einsum(equation, x, y); };
  check_golden(product(uneven(a, 1)), expected, kFloat);
  const Tensor weights = uneven(product(uneven(a, 1)).shape(), 9);
  const auto loss = [&](const Tensor& x) { return sum(product(x) * weights); };
  check_golden(grad(loss)(uneven(a, 1)), gradient, kFloat);
}

template <std::size_t n, std::size_t m>
void check_one(const char* equation, const Shape& shape, const double (&expected)[n],
               const double (&gradient)[m]) {
  INFO(equation);
  const auto result = [&](const Tensor& x) { return einsum(equation, x); };
  check_golden(result(uneven(shape, 1)), expected, kFloat);
  const Tensor weights = uneven(result(uneven(shape, 1)).shape(), 9);
  const auto loss = [&](const Tensor& x) { return sum(result(x) * weights); };
  check_golden(grad(loss)(uneven(shape, 1)), gradient, kFloat);
}

}  // namespace

// The order of EINSUMS in tests/golden/make_compositions.py.
TEST_CASE("einsum of two operands equals JAX's, and so does its derivative") {
  using namespace golden;
  check_two("ij,jk->ik", {2, 3}, {3, 4}, kEinsum0, kEinsum0Gradient);
  check_two("ij,jk", {2, 3}, {3, 4}, kEinsum1, kEinsum1Gradient);
  check_two("bij,bjk->bik", {2, 3, 2}, {2, 2, 3}, kEinsum2, kEinsum2Gradient);
  check_two("bhqd,bkhd->bhqk", {2, 2, 3, 2}, {2, 3, 2, 2}, kEinsum3, kEinsum3Gradient);
  check_two("i,j->ji", {3}, {2}, kEinsum4, kEinsum4Gradient);
  check_two("ij,ij->j", {3, 2}, {3, 2}, kEinsum5, kEinsum5Gradient);
  check_two("aij,ibj->ba", {2, 3, 2}, {3, 2, 2}, kEinsum6, kEinsum6Gradient);
  check_two("ik,j->i", {3, 2}, {2}, kEinsum7, kEinsum7Gradient);
  check_two("ii,ij->j", {3, 3}, {3, 2}, kEinsum8, kEinsum8Gradient);
  check_two("ba,Ab", {2, 3}, {2, 2}, kEinsum9, kEinsum9Gradient);
  check_two("ij,->ji", {2, 3}, {}, kEinsum10, kEinsum10Gradient);
}

TEST_CASE("einsum of one operand equals JAX's, and so does its derivative") {
  using namespace golden;
  check_one("ii", {3, 3}, kEinsum11, kEinsum11Gradient);
  check_one("iij->ji", {2, 2, 3}, kEinsum12, kEinsum12Gradient);
  check_one("iji->j", {2, 3, 2}, kEinsum13, kEinsum13Gradient);
  check_one("cab->b", {2, 3, 2}, kEinsum14, kEinsum14Gradient);
  check_one("ba", {2, 3}, kEinsum15, kEinsum15Gradient);
}

TEST_CASE("an ellipsis in einsum stands for the dimensions without a letter, broadcast") {
  const Tensor a = uneven({2, 3, 4, 5}, 1);
  const Tensor b = uneven({5, 2}, 2);
  const auto equal = [](const Tensor& x, const Tensor& y) {
    CHECK(x.shape() == y.shape());
    CHECK(bits(x) == bits(y));
  };
  equal(einsum("...ij,jk->...ik", a, b), einsum("abij,jk->abik", a, b));
  equal(einsum("...j,jk", a, b), einsum("Aabj,jk->Aabk", a, b));
  equal(einsum("i...->...i", a), einsum("iabc->abci", a));
  equal(einsum("ii...->i...", uneven({2, 2, 3}, 1)), einsum("iia->ia", uneven({2, 2, 3}, 1)));
  equal(einsum("...,...", a, a), a * a);
  equal(einsum("...i,i", b, ones({2})), einsum("ai,i", b, ones({2})));

  const Tensor row = uneven({1, 5, 2}, 3), column = uneven({3, 1, 2, 5}, 4);
  equal(einsum("...ij,...jk", column, row), matmul(column, row));
  equal(einsum("...ij,...jk", row, column), matmul(row, column));
}

TEST_CASE("derivatives of einsum in both operands equal differences") {
  for (const char* equation : {"bij,bjk->kib", "bij,bjj->bi", "bij,bjk->bijk"}) {
    INFO(equation);
    const auto product = [=](const Inputs& x) { return einsum(equation, x[0], x[1]); };
    const Inputs inputs{spread_values({2, 2, 3}, -2, 2), spread_values({2, 3, 3}, -2, 2, 2)};
    CHECK(first_derivative_error(product, inputs).worst <= 1);
    CHECK(second_derivative_error(product, inputs).worst <= 1);
  }
}

TEST_CASE("einsum meets in the promoted type, and bool counts") {
  const Tensor a = Tensor::from({1, 2, 3, 4}, {2, 2});
  CHECK(einsum("ij,j->i", a, ones({2}, float64)).dtype() == float64);
  CHECK(einsum("ij,j->i", a, Tensor::from({1, 1}, {2})).dtype() == int32);
  const Tensor yes = ones({3}, bool_);
  CHECK(einsum("i,i", yes, yes).dtype() == int32);
  CHECK(einsum("i,i", yes, yes).item<int>() == 3);
  CHECK(einsum("i->", yes).item<int>() == 3);
  CHECK(values(einsum("i,i->i", yes, arange(3))) == Numbers{0, 1, 2});
}

TEST_CASE("einsum over nothing, of scalars, and with spaces") {
  CHECK(values(einsum("ij,jk->ik", zeros({2, 0}), zeros({0, 3}))) == Numbers(6, 0));
  CHECK(einsum("ij,jk->ik", zeros({0, 2}), zeros({2, 3})).shape() == Shape{0, 3});
  CHECK(einsum("ii->i", zeros({0, 0})).shape() == Shape{0});
  CHECK(einsum(",", Tensor(2.F), Tensor(3.F)).item<float>() == 6);
  CHECK(einsum("", Tensor(2.F)).item<float>() == 2);
  CHECK(einsum(" i j , j -> i ", ones({2, 3}), ones({3})).shape() == Shape{2});
  CHECK(einsum("iii->i", reshape(arange(8), {2, 2, 2})).data<int>()[1] == 7);
}

TEST_CASE("einsum's errors name the equation and both sides") {
  const Tensor a = zeros({2, 3});
  const Tensor b = zeros({4, 5});
  using E = InvalidArgument;
  CHECK(fails<E>([&] { return einsum("ij,jk->ik", a, b); },
                 {"einsum \"ij,jk->ik\"", "'j'", "3", "[2,3] float32", "4", "[4,5] float32"}) ==
        "");
  CHECK(fails<E>([&] { return einsum("ii", a); }, {"\"ii\"", "'i'", "2", "3"}) == "");
  CHECK(fails<E>([&] { return einsum("ijk", a); }, {"\"ijk\"", "3 dimensions", "[2,3] float32"}) ==
        "");
  CHECK(fails<E>([&] { return einsum("ij,jk", a); }, {"2 operands", "1 given"}) == "");
  CHECK(fails<E>([&] { return einsum("ij", a, b); }, {"1 operands", "2 given"}) == "");
  CHECK(fails<E>([&] { return einsum("ij->ik", a); }, {"\"ij->ik\"", "'k'"}) == "");
  CHECK(fails<E>([&] { return einsum("ij->ii", a); }, {"'i' twice"}) == "");
  CHECK(fails<E>([&] { return einsum("i1->i", a); }, {"'1' is no letter"}) == "");
  CHECK(fails<E>([&] { return einsum("ij->i->j", a); }, {"'-' is no letter"}) == "");
  CHECK(fails<E>([&] { return einsum("...i->i", a); }, {"\"...i->i\"", "lacks the ellipsis"}) ==
        "");
  CHECK(fails<E>([&] { return einsum("...ijk->...", a); }, {"3 dimensions", "[2,3] float32"}) ==
        "");
  CHECK(fails<E>([&] { return einsum("...i...->i", a); }, {"'.' is no letter"}) == "");
  CHECK(fails<E>(
            [&] {
              return einsum("...i,...i", a, zeros({4, 3}));
            },
            {"dimension -1 of the ellipsis", "2", "[2,3]", "4", "[4,3]"}) == "");
}

}  // namespace linseed::test
