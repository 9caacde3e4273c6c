// Folds of rows against plain loops, to the bit, on each instruction set that this machine has.
#include <linseed/framework/kernels/row_folds.h>

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include <catch2/catch.hpp>

#include <linseed/tests/support/array_runner.h>
#include <linseed/tests/support/instruction_sets.h>

namespace linseed::test {
namespace {

using kernels::Fold;
using kernels::Rows;

/// Equal bits, or both NaN: whose sign is not defined.
template <class T>
bool agree(const std::vector<T>& a, const std::vector<T>& b) {
  return std::ranges::equal(
      a, b, [](T x, T y) { return std::memcmp(&x, &y, sizeof(T)) == 0 || (x != x && y != y); });
}

/// Integers: all their bits. Floating types: few different values, zeros of both signs, infinities
/// and, if allowed, NaN among them.
template <class T>
T random_value(Random& random, bool may_be_nan) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(random() | std::uint64_t{random()} << 32);
  } else {
    using Limits = std::numeric_limits<T>;
    switch (draw(random, 0, 40)) {
      case 0: return may_be_nan ? Limits::quiet_NaN() : T{1};
      case 1: return Limits::infinity();
      case 2: return -T{0};
      default: return static_cast<T>(draw(random, -1000, 1000)) / T{997};
    }
  }
}

template <class T>
std::vector<T> random_values(Random& random, std::int64_t count, bool may_be_nan) {
  std::vector<T> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(random_value<T>(random, may_be_nan));
  return values;
}

template <class T>
T folded(Fold fold, T a, T b) {
  if (fold == Fold::sum) {
    if constexpr (std::is_integral_v<T>) {
      using Unsigned = std::make_unsigned_t<T>;
      return static_cast<T>(static_cast<Unsigned>(a) + static_cast<Unsigned>(b));
    } else {
      return a + b;
    }
  }
  if (a != a) return a;
  return (fold == Fold::maximum ? a > b : a < b) ? a : b;
}

/// Rows with gaps between them, of which the last has none behind it.
template <class T>
struct Problem {
  std::int64_t rows, width, row_stride;
  std::vector<T> data;

  explicit Problem(Random& random)
      : rows(draw(random, 1, draw(random, {2, 50}))),
        width(draw(random, 1, draw(random, {5, 40, 200}))),
        row_stride(width + draw(random, 0, 3)),
        data(random_values<T>(random, (rows - 1) * row_stride + width, true)) {}

  Rows<T> view() const { return {data.data(), rows, row_stride, width}; }
  T at(std::int64_t row, std::int64_t i) const {
    return data[static_cast<std::size_t>(row * row_stride + i)];
  }
};

}  // namespace

TEMPLATE_TEST_CASE("rows are folded in order, to the bit, on every instruction set", "",
                   std::uint8_t, std::int32_t, std::int64_t, std::uint32_t, float, double) {
  using T = TestType;
  for_each_instruction_set([] {
    Random random(1);
    for (int repeat = 0; repeat < 150; ++repeat) {
      const Problem<T> problem(random);
      CAPTURE(problem.rows, problem.width, problem.row_stride);
      for (const Fold fold : {Fold::sum, Fold::maximum, Fold::minimum}) {
        std::vector<T> result = random_values<T>(random, problem.width, true), expected = result;
        for (std::int64_t row = 0; row < problem.rows; ++row) {
          for (std::int64_t i = 0; i < problem.width; ++i) {
            T& value = expected[static_cast<std::size_t>(i)];
            value = folded(fold, value, problem.at(row, i));
          }
        }
        kernels::fold_rows(fold, problem.view(), result.data());
        REQUIRE(agree(result, expected));
      }
    }
  });
}

TEMPLATE_TEST_CASE("halves of rows are folded upon each other", "", std::uint8_t, std::int32_t,
                   std::int64_t, std::uint32_t, float, double) {
  using T = TestType;
  for_each_instruction_set([] {
    Random random(2);
    for (int repeat = 0; repeat < 100; ++repeat) {
      const std::int64_t count = draw(random, {1, 2, 4, 16, 32});
      const std::int64_t width = draw(random, {1, 1, 2, 3, 10, 15, 40});
      for (const Fold fold : {Fold::sum, Fold::maximum, Fold::minimum}) {
        std::vector<T> rows = random_values<T>(random, count * width, true), expected = rows;
        for (std::int64_t half = count / 2; half > 0; half /= 2) {
          for (std::int64_t i = 0; i < half * width; ++i) {
            T& value = expected[static_cast<std::size_t>(i)];
            value = folded(fold, value, expected[static_cast<std::size_t>(half * width + i)]);
          }
        }
        kernels::fold_halves(fold, rows.data(), count, width);
        rows.resize(static_cast<std::size_t>(width));
        expected.resize(rows.size());
        REQUIRE(agree(rows, expected));
      }
    }
  });
}

TEMPLATE_TEST_CASE("shifted sums have no fused multiply-add, on every instruction set", "", float,
                   double) {
  using T = TestType;
  for_each_instruction_set([] {
    Random random(3);
    for (int repeat = 0; repeat < 150; ++repeat) {
      const Problem<T> problem(random);
      CAPTURE(problem.rows, problem.width, problem.row_stride);
      const std::vector<T> shift = random_values<T>(random, problem.width, false);
      std::vector<T> sum = random_values<T>(random, problem.width, false), expected_sum = sum;
      std::vector<T> square = random_values<T>(random, problem.width, false);
      std::vector<T> expected_square = square;
      for (std::int64_t row = 0; row < problem.rows; ++row) {
        for (std::size_t i = 0; i < shift.size(); ++i) {
          const T difference = problem.at(row, static_cast<std::int64_t>(i)) - shift[i];
          const T product = difference * difference;
          expected_sum[i] += difference;
          expected_square[i] += product;
        }
      }
      kernels::add_shifted_rows(problem.view(), shift.data(), sum.data(), square.data());
      REQUIRE(agree(sum, expected_sum));
      REQUIRE(agree(square, expected_square));
    }
  });
}

}  // namespace linseed::test
