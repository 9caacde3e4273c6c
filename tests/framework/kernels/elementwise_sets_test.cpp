// Arithmetic, comparison, choice and conversion on each instruction set, against plain functions.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include <catch2/catch.hpp>

#include <linseed/framework/kernels/elementwise.h>
#include <linseed/tests/support/array_runner.h>
#include <linseed/tests/support/instruction_sets.h>

namespace linseed::test {
namespace {

template <class T>
bool is_same(T a, T b) {
  if constexpr (is_floating(dtype_of<T>())) {
    const auto x = static_cast<double>(a), y = static_cast<double>(b);
    if (std::isnan(x) && std::isnan(y)) return true;  // which NaN is the processor's choice
    return x == y && std::signbit(x) == std::signbit(y);
  } else {
    return a == b;
  }
}

/// Numbers among which each border case meets each other one.
template <class T>
std::vector<T> numbers(Random& random, std::size_t count, std::size_t period) {
  using Limits = std::numeric_limits<T>;
  const std::array<T, 12> borders{T(0),
                                  T(-0.0),
                                  Limits::infinity(),
                                  -Limits::infinity(),
                                  Limits::quiet_NaN(),
                                  Limits::max(),
                                  Limits::lowest(),
                                  Limits::min(),
                                  T(1),
                                  T(-2.5),
                                  T(0.5),
                                  Limits::denorm_min()};
  std::vector<T> result;
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_border = random() % 3 == 0;
    result.push_back(is_border ? borders[i / period % borders.size()]
                               : static_cast<T>(draw(random, -3000, 3000)) / T(256));
  }
  return result;
}

/// Calls the kernel on `length` elements of memory that begins anywhere, and on nothing else.
template <class Out, class... In>
void run(Kernel kernel, std::int64_t length, Out* out, const In*... in) {
  const Shape shape{length};
  const std::array<Array, sizeof...(In)> inputs{{{const_cast<In*>(in), shape, dtype_of<In>()}...}};
  const std::array<Array, 1> outputs{{{out, shape, dtype_of<Out>()}}};
  const ParallelFor whole = [](std::int64_t items, double, const RangeBody& body) {
    if (items > 0) body(0, items);
  };
  kernel({inputs, outputs, nullptr, whole});
}

/// Checks lengths of 0 to 70 elements that begin anywhere, on each instruction set.
template <class Out, class Reference, class... In>
void check(const char* name, Kernel kernel, Reference reference, const In*... in) {
  constexpr std::int64_t kSize = 300;
  for_each_instruction_set([&] {
    Random random(5);
    std::int64_t wrong = 0;
    for (std::int64_t length = 0; length <= 70; ++length) {
      const std::int64_t first = draw(random, 0, kSize - length);
      std::array<Out, kSize> out;
      out.fill(Out(1));
      run(kernel, length, out.data() + first, (in + first)...);
      for (std::int64_t i = 0; i < kSize; ++i) {
        const bool is_inside = i >= first && i < first + length;
        const Out expected = is_inside ? static_cast<Out>(reference(in[i]...)) : Out(1);
        wrong += !is_same(out[static_cast<std::size_t>(i)], expected);
      }
    }
    INFO(name);
    CHECK(wrong == 0);
  });
}

}  // namespace

TEMPLATE_TEST_CASE("arithmetic is exact to the bit on each instruction set", "", float, double) {
  using T = TestType;
  Random random(1);
  const std::vector<T> a = numbers<T>(random, 300, 1), b = numbers<T>(random, 300, 12);
  const auto unary = [&](const char* name, Kernel kernel, T (*f)(T)) {
    check<T>(name, kernel, f, a.data());
  };
  const auto binary = [&](const char* name, Kernel kernel, auto f) {
    check<T>(name, kernel, f, a.data(), b.data());
  };
  const T nan = std::numeric_limits<T>::quiet_NaN();
  binary("add", kernels::elementwise<kernels::add>, [](T x, T y) { return x + y; });
  binary("subtract", kernels::elementwise<kernels::subtract>, [](T x, T y) { return x - y; });
  binary("multiply", kernels::elementwise<kernels::multiply>, [](T x, T y) { return x * y; });
  binary("divide", kernels::elementwise<kernels::divide>, [](T x, T y) { return x / y; });
  binary("maximum", kernels::elementwise<kernels::maximum>, [=](T x, T y) {
    return std::isnan(x) || std::isnan(y) ? nan : x > y ? x : y;
  });
  binary("minimum", kernels::elementwise<kernels::minimum>, [=](T x, T y) {
    return std::isnan(x) || std::isnan(y) ? nan : x < y ? x : y;
  });
  unary("negative", kernels::elementwise<kernels::negative>, [](T x) { return -x; });
  unary("absolute", kernels::elementwise<kernels::absolute>, [](T x) { return std::abs(x); });
  unary("sign", kernels::elementwise<kernels::sign>, [](T x) {
    return x > 0 ? T(1) : x < 0 ? T(-1) : x;
  });
  unary("square_root", kernels::elementwise<kernels::square_root>,
        [](T x) { return std::sqrt(x); });
  unary("reciprocal_square_root", kernels::elementwise<kernels::reciprocal_square_root>,
        [](T x) { return 1 / std::sqrt(x); });
  unary("floor", kernels::elementwise<kernels::floor>, [](T x) { return std::floor(x); });
  unary("round", kernels::elementwise<kernels::round>, [](T x) { return std::rint(x); });
}

TEMPLATE_TEST_CASE("comparison, choice and conversion are exact on each instruction set", "", float,
                   double) {
  using T = TestType;
  Random random(2);
  const std::vector<T> a = numbers<T>(random, 300, 1), b = numbers<T>(random, 300, 12);
  std::array<bool, 300> condition;
  for (bool& value : condition) value = random() % 2 == 0;
  const auto compare = [&](const char* name, Kernel kernel, bool (*f)(T, T)) {
    check<bool>(name, kernel, f, a.data(), b.data());
  };
  compare("equal", kernels::elementwise<kernels::equal>, [](T x, T y) { return x == y; });
  compare("less", kernels::elementwise<kernels::less>, [](T x, T y) { return x < y; });
  compare("less_equal", kernels::elementwise<kernels::less_equal>, [](T x, T y) { return x <= y; });
  check<T>(
      "where", kernels::elementwise<kernels::where>, [](bool c, T x, T y) { return c ? x : y; },
      condition.data(), a.data(), b.data());
  check<T>(
      "cast from bool", kernels::elementwise<kernels::cast>, [](bool c) { return c; },
      condition.data());
  for (const DType dtype : kAllDTypes) {
    visit_dtype(dtype, [&](auto zero) {
      using Other = decltype(zero);
      const auto there = [](T x) { return convert_element<Other>(x); };
      check<Other>("cast to another type", kernels::elementwise<kernels::cast>, there, a.data());
      std::array<Other, 300> others;
      for (std::size_t i = 0; i < others.size(); ++i) others[i] = there(a[i]);
      check<T>(
          "cast from another type", kernels::elementwise<kernels::cast>,
          [](Other x) { return convert_element<T>(x); }, others.data());
    });
  }
}

TEST_CASE("integer arithmetic is the same on each instruction set") {
  Random random(3);
  std::array<std::int32_t, 300> a, b;
  for (std::int32_t& x : a) x = static_cast<std::int32_t>(random());
  for (std::int32_t& x : b) x = static_cast<std::int32_t>(random() % 100);
  const auto wrapped = [](std::int64_t x) { return static_cast<std::int32_t>(x); };
  using Int = std::int32_t;
  check<Int>(
      "add", kernels::elementwise<kernels::add>,
      [=](Int x, Int y) { return wrapped(std::int64_t{x} + y); }, a.data(), b.data());
  check<Int>(
      "multiply", kernels::elementwise<kernels::multiply>,
      [=](Int x, Int y) { return wrapped(std::int64_t{x} * y); }, a.data(), b.data());
  check<Int>(
      "maximum", kernels::elementwise<kernels::maximum>,
      [](Int x, Int y) { return std::max(x, y); }, a.data(), b.data());
}

TEST_CASE("operands that broadcast in rows of any length give what repeated ones do") {
  // Lengths around those at which rows are joined or cut: one, a block of 16, 1024, and 4096.
  for (const std::int64_t length :
       {1, 2, 3, 10, 15, 16, 17, 64, 511, 513, 1023, 1024, 1025, 5000}) {
    const std::int64_t rows = 2 + 3000 / length;
    INFO("rows of " << length);
    Random random(4);
    const Shape full{2, rows, length};
    const TestArray x = random_array<float>(random, full);
    for (const Shape& shape : {Shape{length}, Shape{rows, 1}, Shape{}, Shape{2, 1, length},
                               Shape{2, 1, 1}, Shape{2, rows, 1}, Shape{1, rows, length}}) {
      INFO("an operand of shape " << to_string(shape));
      const TestArray y = random_array<float>(random, shape);
      const std::vector<TestArray> differences =
          run_kernel(kernels::elementwise<kernels::subtract>, {&x, &y}, {{full, float32}}, 0);
      const std::vector<TestArray> negated =
          run_kernel(kernels::elementwise<kernels::subtract>, {&y, &x}, {{full, float32}}, 0);
      std::int64_t wrong = 0, place = 0;
      for (std::int64_t i = 0; i < 2; ++i) {
        for (std::int64_t row = 0; row < rows; ++row) {
          for (std::int64_t j = 0; j < length; ++j, ++place) {
            const std::array<std::int64_t, 3> index{i, row, j};
            std::int64_t from = 0;
            for (int d = 0; d < shape.ndim(); ++d) {
              const auto at = index[static_cast<std::size_t>(3 - shape.ndim() + d)];
              from = from * shape[d] + (shape[d] == 1 ? 0 : at);
            }
            const float expected = x.values<float>()[static_cast<std::size_t>(place)] -
                                   y.values<float>()[static_cast<std::size_t>(from)];
            wrong += differences[0].values<float>()[static_cast<std::size_t>(place)] != expected;
            wrong += negated[0].values<float>()[static_cast<std::size_t>(place)] != -expected;
          }
        }
      }
      CHECK(wrong == 0);
    }
  }
}

}  // namespace linseed::test
