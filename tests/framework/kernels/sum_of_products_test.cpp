// Sums of matrix products against three loops, on each instruction set that this machine has.
#include <linseed/framework/kernels/sum_of_products.h>

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include <linseed/tests/support/array_runner.h>
#include <linseed/tests/support/instruction_sets.h>

namespace linseed::test {
namespace {

using kernels::Store;
using kernels::SumOfProducts;
using kernels::TermOffsets;

/// What is computed, and the memory it is computed in: rows of b and the output have gaps.
template <class T>
struct Problem {
  std::int64_t m, n, depth;
  bool by_columns;
  Store store;
  std::vector<TermOffsets> terms;
  std::vector<T> a, b, output;
  std::int64_t a_stride, b_row, output_row;

  explicit Problem(Random& random)
      : m(draw(random, 1, draw(random, {3, 40}))),
        n(draw(random, 1, draw(random, {5, 50}))),
        depth(draw(random, 0, draw(random, {3, 30}))),
        by_columns(draw(random, 0, 1) == 1),
        store(draw(random, 0, 1) == 1 ? Store::add : Store::assign),
        a_stride((by_columns ? m : depth) + draw(random, 0, 3)),
        b_row(n + draw(random, 0, 3)),
        output_row(n + draw(random, 0, 3)) {
    const std::int64_t term_count = draw(random, 0, 4);
    const std::int64_t a_size = a_stride * (by_columns ? depth : m) + 1;
    const std::int64_t b_size = b_row * depth + 1;
    for (std::int64_t t = 0; t < term_count; ++t) {
      terms.push_back({t * a_size + draw(random, 0, 1), (term_count - 1 - t) * b_size});
    }
    fill(random, a, term_count * a_size + 1);
    fill(random, b, term_count * b_size + kernels::padded_columns<T>(n));
    fill(random, output, output_row * m + 5);
  }

  SumOfProducts<T> sum(std::vector<T>& result) const {
    return {m,
            n,
            depth,
            terms,
            a.data(),
            by_columns ? 1 : a_stride,
            by_columns ? a_stride : 1,
            b.data(),
            b_row,
            result.data(),
            output_row,
            store};
  }

  std::vector<T> computed() const {
    std::vector<T> result = output;
    sum(result).compute();
    return result;
  }

 private:
  static void fill(Random& random, std::vector<T>& values, std::int64_t size) {
    for (std::int64_t i = 0; i < size; ++i) {
      values.push_back(static_cast<T>(draw(random, -1000, 1000)) / T{997});
    }
  }
};

template <class T>
void check(const Problem<T>& problem) {
  CAPTURE(problem.m, problem.n, problem.depth, problem.terms.size(), problem.by_columns);
  const std::vector<T> result = problem.computed();
  for (std::int64_t place = 0; place < static_cast<std::int64_t>(result.size()); ++place) {
    const std::int64_t i = place / problem.output_row, j = place % problem.output_row;
    const double before = double{problem.output[static_cast<std::size_t>(place)]};
    const double value = double{result[static_cast<std::size_t>(place)]};
    if (i >= problem.m || j >= problem.n) {
      if (value != before) FAIL("element " << place << " outside of the output was written");
      continue;
    }
    double expected = problem.store == Store::add ? before : 0;
    double magnitude = std::abs(expected);
    for (const TermOffsets& term : problem.terms) {
      for (std::int64_t k = 0; k < problem.depth; ++k) {
        const std::int64_t a_place =
            term.a + (problem.by_columns ? k * problem.a_stride + i : i * problem.a_stride + k);
        const double product =
            double{problem.a[static_cast<std::size_t>(a_place)]} *
            double{problem.b[static_cast<std::size_t>(term.b + k * problem.b_row + j)]};
        expected += product;
        magnitude += std::abs(product);
      }
    }
    // The bound of a sum of so many products in any order, and as much for the reference.
    const double count = static_cast<double>(problem.terms.size()) * 30 + 2;
    if (!(std::abs(value - expected) <=
          magnitude * count * double{std::numeric_limits<T>::epsilon()})) {
      FAIL("element " << place << ": " << value << " instead of " << expected);
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("sums of products are those of three loops on every instruction set", "", float,
                   double) {
  for_each_instruction_set([] {
    Random random(11);
    for (int repeat = 0; repeat < 300; ++repeat) check(Problem<TestType>(random));
  });
}

TEMPLATE_TEST_CASE("instruction sets with fused multiply-add agree bit for bit", "", float,
                   double) {
  if ((hwy::SupportedTargets() & HWY_AVX3) == 0) return;  // there is only one
  Random random(12);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const Problem<TestType> problem(random);
    std::vector<TestType> narrow, wide;
    {
      const ForcedInstructionSet forced(HWY_AVX2);
      narrow = problem.computed();
    }
    {
      const ForcedInstructionSet forced(HWY_AVX3);
      wide = problem.computed();
    }
    REQUIRE(narrow == wide);
  }
}

TEMPLATE_TEST_CASE("an element has the same bits in a part of the output as in the whole", "",
                   float, double) {
  for_each_instruction_set([] {
    Random random(13);
    for (int repeat = 0; repeat < 100; ++repeat) {
      const Problem<TestType> problem(random);
      const std::vector<TestType> whole = problem.computed();
      std::vector<TestType> part = problem.output;
      SumOfProducts<TestType> sum = problem.sum(part);
      const std::int64_t row = draw(random, 0, problem.m - 1);
      const std::int64_t column = draw(random, 0, problem.n - 1);
      sum.m -= row;
      sum.n -= column;
      sum.a += row * sum.a_row;
      sum.b += column;
      sum.output += row * sum.output_row + column;
      // b is read to whole vectors from another column on.
      std::vector<TestType> longer = problem.b;
      longer.resize(longer.size() + 16);
      sum.b = longer.data() + column;
      sum.compute();
      for (std::int64_t i = row; i < problem.m; ++i) {
        for (std::int64_t j = column; j < problem.n; ++j) {
          const auto place = static_cast<std::size_t>(i * problem.output_row + j);
          REQUIRE(part[place] == whole[place]);
        }
      }
    }
  });
}

}  // namespace linseed::test
