// Matrix products against three loops.
#include <linseed/framework/kernels/matmul.h>

#include <cmath>
#include <limits>
#include <type_traits>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/tests/support/array_runner.h>

namespace linseed::test {
namespace {

using kernels::MatmulAttributes;

/// Σ_k a[i,k] b[k,j] in Sum, for single matrices.
template <class Sum, class T>
Sum product_at(const MatmulAttributes& attributes, const T* a, const T* b, std::int64_t m,
               std::int64_t n, std::int64_t k, std::int64_t i, std::int64_t j, Sum (*convert)(T)) {
  Sum sum = 0;
  for (std::int64_t l = 0; l < k; ++l) {
    sum += convert(a[attributes.transpose_a ? l * m + i : i * k + l]) *
           convert(b[attributes.transpose_b ? j * k + l : l * n + j]);
  }
  return sum;
}

/// Checks each matrix of the result; `a_matrix` and `b_matrix` name the factors of matrix `index`.
template <class T, class AMatrix, class BMatrix>
void check_product(const MatmulAttributes& attributes, const TestArray& a, const TestArray& b,
                   const TestArray& output, std::int64_t k, AMatrix a_matrix, BMatrix b_matrix) {
  const std::int64_t m = output.shape()[output.shape().ndim() - 2];
  const std::int64_t n = output.shape()[output.shape().ndim() - 1];
  const auto values = output.values<T>();
  for (std::int64_t place = 0; place < output.shape().size(); ++place) {
    const T* a_data = a.array().as<T>() + a_matrix(place / (m * n)) * m * k;
    const T* b_data = b.array().as<T>() + b_matrix(place / (m * n)) * k * n;
    const std::int64_t i = place / n % m;
    const std::int64_t j = place % n;
    const T result = values[static_cast<std::size_t>(place)];
    if constexpr (std::is_floating_point_v<T>) {
      const double expected = product_at<double, T>(attributes, a_data, b_data, m, n, k, i, j,
                                                    [](T x) { return double{x}; });
      const double magnitude = product_at<double, T>(attributes, a_data, b_data, m, n, k, i, j,
                                                     [](T x) { return std::abs(double{x}); });
      // The bound of a sum of k products in any order, and as much for the reference.
      const double tolerance =
          magnitude * static_cast<double>(k) * double{std::numeric_limits<T>::epsilon()};
      if (!(std::abs(result - expected) <= tolerance)) {
        FAIL("element " << place << ": " << result << " instead of " << expected);
      }
    } else {
      const T expected = static_cast<T>(
          product_at<std::uint64_t, T>(attributes, a_data, b_data, m, n, k, i, j,
                                       [](T x) { return static_cast<std::uint64_t>(x); }));
      if (result != expected) {
        FAIL("element " << place << ": " << +result << " instead of " << +expected);
      }
    }
  }
}

Shape matrix_shape(const Shape& batch, std::int64_t rows, std::int64_t columns, bool transposed) {
  Shape shape = batch;
  shape.push_back(transposed ? columns : rows);
  shape.push_back(transposed ? rows : columns);
  return shape;
}

struct Batches {
  Shape a;
  Shape b;
  Shape output;
};

/// a[…,m,k] · b[…,k,n], all four ways of reading the factors.
template <class T, class AMatrix, class BMatrix>
void check_matmul(Random& random, std::int64_t m, std::int64_t n, std::int64_t k,
                  const Batches& batches, AMatrix a_matrix, BMatrix b_matrix) {
  for (const bool transpose_a : {false, true}) {
    for (const bool transpose_b : {false, true}) {
      CAPTURE(m, n, k, transpose_a, transpose_b);
      const MatmulAttributes attributes{transpose_a, transpose_b};
      const TestArray a = random_array<T>(random, matrix_shape(batches.a, m, k, transpose_a));
      const TestArray b = random_array<T>(random, matrix_shape(batches.b, k, n, transpose_b));
      const auto results =
          run_kernel(kernels::matmul, {&a, &b},
                     {{matrix_shape(batches.output, m, n, false), dtype_of<T>()}}, attributes);
      check_product<T>(attributes, a, b, results[0], k, a_matrix, b_matrix);
    }
  }
}

const auto only = [](std::int64_t) { return std::int64_t{0}; };
const auto same = [](std::int64_t index) { return index; };

TEMPLATE_TEST_CASE("matmul equals the sum of products", "", float, double, std::uint8_t,
                   std::int32_t, std::int64_t, std::uint32_t) {
  Random random(1);
  for (int repeat = 0; repeat < 20; ++repeat) {
    check_matmul<TestType>(random, draw(random, {0, 1, 2, 5, 16, 63, 65, 130}),
                           draw(random, {0, 1, 3, 10, 17, 64}),
                           draw(random, {0, 1, 2, 7, 9, 33, 100}), {}, only, only);
  }
}

TEMPLATE_TEST_CASE("matmul of long and thin matrices", "", float, double) {
  Random random(2);
  check_matmul<TestType>(random, 1, 10, 1000, {}, only, only);
  check_matmul<TestType>(random, 3, 1, 769, {}, only, only);
  check_matmul<TestType>(random, 1, 1, 385, {}, only, only);
  check_matmul<TestType>(random, 257, 10, 1, {}, only, only);
}

TEMPLATE_TEST_CASE("matmul in several blocks, of rows far from each other", "", float, double) {
  Random random(5);
  check_matmul<TestType>(random, 1030, 20, 300, {}, only, only);
  check_matmul<TestType>(random, 100, 290, 270, {}, only, only);
  check_matmul<TestType>(random, 20, 290, 270, {}, only, only);
  check_matmul<TestType>(random, 30, 70, 40, {{9}, {9}, {9}}, same, same);
}

TEMPLATE_TEST_CASE("matmul whose depth threads share", "", float, double) {
  Random random(6);
  check_matmul<TestType>(random, 40, 33, 1030, {}, only, only);
  check_matmul<TestType>(random, 30, 17, 2500, {}, only, only);
  check_matmul<TestType>(random, 30, 33, 600, {{2}, {2}, {2}}, same, same);
  check_matmul<TestType>(random, 14, 40, 1030, {{3}, {}, {3}}, same, only);
}

TEMPLATE_TEST_CASE("matmul broadcasts the leading dimensions", "", float, std::int32_t) {
  Random random(3);
  check_matmul<TestType>(random, 4, 10, 3, {{5}, {5}, {5}}, same, same);
  check_matmul<TestType>(random, 33, 5, 20, {{2, 3}, {}, {2, 3}}, same, only);
  check_matmul<TestType>(random, 7, 5, 20, {{}, {2, 3}, {2, 3}}, only, same);
  check_matmul<TestType>(
      random, 3, 2, 4, {{2, 1, 3}, {4, 1}, {2, 4, 3}},
      [](std::int64_t index) { return index / 12 * 3 + index % 3; },
      [](std::int64_t index) { return index / 3 % 4; });
  check_matmul<TestType>(random, 3, 2, 4, {{0}, {1}, {0}}, same, only);
  check_matmul<TestType>(random, 3, 2, 0, {{2}, {2}, {2}}, same, same);
}

TEST_CASE("matmul passes NaN and infinity through") {
  TestArray a({{1, 2}, float32});
  TestArray b({{2, 40}, float32});
  std::ranges::fill(b.values<float>(), 0.0F);
  a.values<float>()[0] = std::numeric_limits<float>::infinity();
  a.values<float>()[1] = 1;
  const auto results =
      run_kernel(kernels::matmul, {&a, &b}, {{{1, 40}, float32}}, MatmulAttributes{});
  for (const float value : results[0].values<float>()) CHECK(std::isnan(value));
}

TEST_CASE("a row of a tall product does not depend on the rows of other panels") {
  Random random(4);
  const TestArray a = random_array<float>(random, {64 * 3, 50});
  const TestArray b = random_array<float>(random, {50, 30});
  TestArray last({{64, 50}, float32});
  std::ranges::copy(a.values<float>().last(64 * 50), last.values<float>().begin());
  const auto all =
      run_kernel(kernels::matmul, {&a, &b}, {{{64 * 3, 30}, float32}}, MatmulAttributes{});
  const auto panel =
      run_kernel(kernels::matmul, {&last, &b}, {{{64, 30}, float32}}, MatmulAttributes{});
  CHECK(std::ranges::equal(all[0].values<float>().last(64 * 30), panel[0].values<float>()));
}

TEST_CASE(
    "a row has the same bits in a batch of any size, whether threads share the depth or not") {
  Random random(7);
  const std::int64_t k = GENERATE(300, 784, 2500), n = 20;
  const TestArray a = random_array<float>(random, {400, k});
  const TestArray b = random_array<float>(random, {k, n});
  const auto all = run_kernel(kernels::matmul, {&a, &b}, {{{400, n}, float32}}, MatmulAttributes{});
  for (const std::int64_t m : {1, 8, 40}) {
    TestArray first({{m, k}, float32});
    std::ranges::copy(a.values<float>().first(m * k), first.values<float>().begin());
    const auto some =
        run_kernel(kernels::matmul, {&first, &b}, {{{m, n}, float32}}, MatmulAttributes{});
    CAPTURE(k, m);
    CHECK(std::ranges::equal(all[0].values<float>().first(m * n), some[0].values<float>()));
  }
}

TEST_CASE("a product of great depth does not lose digits") {
  // 10^6 products of one sign: one chain of additions would be 1 % off.
  TestArray a({{1, 1000000}, float32}), b({{1000000, 1}, float32});
  std::ranges::fill(a.values<float>(), 0.1F);
  std::ranges::fill(b.values<float>(), 1.0F);
  const auto product =
      run_kernel(kernels::matmul, {&a, &b}, {{{1, 1}, float32}}, MatmulAttributes{});
  CHECK(product[0].values<float>()[0] == Approx(1e6 * double{0.1F}).epsilon(1e-4));
}

TEST_CASE("matmul of bool is an internal error") {
  const TestArray a({{2, 2}, bool_});
  CHECK_THROWS_AS(run_kernel(kernels::matmul, {&a, &a}, {{{2, 2}, bool_}}, MatmulAttributes{}),
                  InternalError);
}

}  // namespace
}  // namespace linseed::test
