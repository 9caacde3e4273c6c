// Sums of matrix products against three loops, on each instruction set that this machine has.
#include <linseed/framework/kernels/sum_of_products.h>

#include <algorithm>
#include <array>
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
        n(draw(random, 1, draw(random, {5, 50, 200}))),
        depth(draw(random, 0, draw(random, {3, 30, 30, 260}))),
        by_columns(draw(random, 0, 1) == 1),
        store(draw(random, 0, 1) == 1 ? Store::add : Store::assign),
        a_stride((by_columns ? m : depth) + draw(random, 0, 3)),
        b_row(n + draw(random, 0, draw(random, {3, 500}))),
        output_row(n + draw(random, 0, 3)) {
    const std::int64_t term_count = draw(random, 0, 4);
    const std::int64_t a_size = a_stride * (by_columns ? depth : m) + 1;
    const std::int64_t b_size = b_row * depth;
    for (std::int64_t t = 0; t < term_count; ++t) {
      terms.push_back({t * a_size + draw(random, 0, 1), (term_count - t) * b_size});
    }
    fill(random, a, term_count * a_size + 1);
    // Not one element more than may be read.
    const std::int64_t lanes = kernels::vector_lanes<T>();
    const std::int64_t reach = n < lanes ? lanes : n - b_row;
    fill(random, b, std::max((term_count + 1) * b_size + reach, n));
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

  /// Calls visit(a, b) with the factors of each product of an element, in order.
  template <class Visit>
  void for_each_product(std::int64_t i, std::int64_t j, Visit visit) const {
    for (const TermOffsets& term : terms) {
      for (std::int64_t k = 0; k < depth; ++k) {
        const std::int64_t place = term.a + (by_columns ? k * a_stride + i : i * a_stride + k);
        visit(a[static_cast<std::size_t>(place)],
              b[static_cast<std::size_t>(term.b + k * b_row + j)]);
      }
    }
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
    problem.for_each_product(i, j, [&](double a, double b) {
      expected += a * b;
      magnitude += std::abs(a * b);
    });
    // The bound of a sum of so many products in any order, and as much for the reference.
    const double count = static_cast<double>(problem.terms.size()) * 260 + 2;
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

TEMPLATE_TEST_CASE("several sums of one call are those of a call for each", "", float, double) {
  for_each_instruction_set([] {
    Random random(13);
    for (int repeat = 0; repeat < 100; ++repeat) {
      const std::int64_t count = draw(random, 0, 4);
      std::vector<Problem<TestType>> problems{Problem<TestType>(random)};
      // Further ones of its shape, with numbers of their own behind each other.
      Problem<TestType> all = problems[0];
      const auto append = [&](std::vector<TestType>& values, std::vector<TestType>& more) {
        for (TestType& value : more) value = static_cast<TestType>(draw(random, -1000, 1000)) / 997;
        values.insert(values.end(), more.begin(), more.end());
      };
      for (std::int64_t i = 1; i < count; ++i) {
        problems.push_back(problems[0]);
        append(all.a, problems.back().a);
        append(all.b, problems.back().b);
        append(all.output, problems.back().output);
      }
      std::vector<TestType> result = all.output;
      SumOfProducts<TestType> sums = all.sum(result);
      sums.count = count;
      sums.a_next = static_cast<std::int64_t>(problems[0].a.size());
      sums.b_next = static_cast<std::int64_t>(problems[0].b.size());
      sums.output_next = static_cast<std::int64_t>(problems[0].output.size());
      const kernels::Ahead ahead{all.a.data(), 3, 100, 200};
      sums.ahead = std::array{ahead, ahead};
      sums.compute();
      std::vector<TestType> expected;
      for (std::int64_t i = 0; i < std::max<std::int64_t>(count, 1); ++i) {
        const auto& problem = problems[static_cast<std::size_t>(i)];
        const std::vector<TestType> one = count == 0 ? problem.output : problem.computed();
        expected.insert(expected.end(), one.begin(), one.end());
      }
      CHECK(result == expected);
    }
  });
}

TEMPLATE_TEST_CASE("each element is one chain of multiply-adds, fused where there are such", "",
                   float, double) {
  Random random(12);
  for_each_instruction_set([&] {
#if defined(__aarch64__)
    const bool fuses = true;
#else
    const bool fuses = kernels::instruction_set() >= kernels::InstructionSet::avx2;
#endif
    for (int repeat = 0; repeat < 100; ++repeat) {
      const Problem<TestType> problem(random);
      const std::vector<TestType> result = problem.computed();
      for (std::int64_t i = 0; i < problem.m; ++i) {
        for (std::int64_t j = 0; j < problem.n; ++j) {
          TestType chain = 0;
          problem.for_each_product(i, j, [&](TestType a, TestType b) {
            chain = fuses ? std::fma(a, b, chain) : chain + a * b;
          });
          const auto place = static_cast<std::size_t>(i * problem.output_row + j);
          const bool adds = problem.store == Store::add;
          REQUIRE(result[place] == (adds ? problem.output[place] + chain : chain));
        }
      }
    }
  });
}

TEMPLATE_TEST_CASE("rows in groups have the bits of sums of one group each", "", float, double) {
  for_each_instruction_set([] {
    Random random(15);
    for (int repeat = 0; repeat < 300; ++repeat) {
      Problem<TestType> problem(random);
      if (!problem.by_columns) continue;
      // Lines of windows over an image, which overlap.
      const std::int64_t group = draw(random, {1, 2, 3, 3, 5, 5, 9, 9, 13});
      const std::int64_t groups = draw(random, 1, 6), next_group = draw(random, 0, 30);
      problem.a.resize(problem.a.size() + static_cast<std::size_t>(groups * next_group + group));
      problem.output.resize(static_cast<std::size_t>(groups * group * problem.output_row + 5));
      std::vector<TestType> together = problem.output, apart = problem.output;
      SumOfProducts<TestType> all = problem.sum(together);
      all.m = groups * group;
      all.group = group;
      all.next_group = next_group;
      all.compute();
      for (std::int64_t i = 0; i < groups; ++i) {
        SumOfProducts<TestType> one = problem.sum(apart);
        one.m = group;
        one.a += i * next_group;
        one.output += i * group * one.output_row;
        one.compute();
      }
      CAPTURE(group, groups, problem.n, problem.depth);
      REQUIRE(together == apart);
    }
  });
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
      // Less than a vector may be left, which is then read whole.
      std::vector<TestType> longer = problem.b;
      longer.resize(longer.size() + static_cast<std::size_t>(kernels::vector_lanes<TestType>()));
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

TEMPLATE_TEST_CASE("what is streamed, and fetched ahead, has the bits of what is assigned", "",
                   float, double) {
  for_each_instruction_set([] {
    Random random(14);
    const std::int64_t m = 23, n = 4 * kernels::vector_lanes<TestType>(), depth = 17;
    const TestArray a = random_array<TestType>(random, {m, depth});
    const TestArray b = random_array<TestType>(random, {depth, n});
    TestArray assigned({{m, n}, dtype_of<TestType>()}), streamed({{m, n}, dtype_of<TestType>()});
    const TermOffsets term{0, 0};
    SumOfProducts<TestType> sum{m,
                                n,
                                depth,
                                {&term, 1},
                                a.array().as<TestType>(),
                                depth,
                                1,
                                b.array().as<TestType>(),
                                n,
                                assigned.array().as<TestType>(),
                                n,
                                Store::assign};
    sum.compute();
    sum.output = streamed.array().as<TestType>();
    sum.store = Store::stream;
    sum.ahead[0] = {sum.b, 3, 100, 1000};
    sum.compute();
    kernels::finish_streams();
    CHECK(std::ranges::equal(streamed.values<TestType>(), assigned.values<TestType>()));
  });
}

}  // namespace linseed::test
