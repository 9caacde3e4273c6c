// Convolution and its adjoints against a plain loop over all terms.
#include <linseed/framework/kernels/convolution.h>

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/tests/support/array_runner.h>

namespace linseed::test {
namespace {

using kernels::ConvolutionAttributes;
using kernels::Window;

struct Case {
  Shape x;
  Shape kernel;
  Shape y;
  ConvolutionAttributes attributes;
};

Case make_case(Shape x, Shape kernel, Window window) {
  const auto output_size = [&](std::size_t i) {
    const int axis = static_cast<int>(i);
    return (x[axis + 1] + window.pad_low[i] + window.pad_high[i] - kernel[axis]) /
               window.stride[i] +
           1;
  };
  Shape y{x[0], output_size(0), output_size(1), kernel[3]};
  const ConvolutionAttributes attributes{window, {x[1], x[2]}, {kernel[0], kernel[1]}};
  return {std::move(x), std::move(kernel), std::move(y), attributes};
}

/// Calls visit(x place, kernel place, y place) for every product in the definition.
template <class Visit>
void for_each_term(const Case& c, Visit visit) {
  const auto& [stride, pad_low, pad_high] = c.attributes.window;
  for (std::int64_t y_place = 0; y_place < c.y.size(); ++y_place) {
    const std::int64_t f = y_place % c.y[3];
    const std::int64_t j = y_place / c.y[3] % c.y[2];
    const std::int64_t i = y_place / c.y[3] / c.y[2] % c.y[1];
    const std::int64_t n = y_place / c.y[3] / c.y[2] / c.y[1];
    for (std::int64_t p = 0; p < c.kernel[0]; ++p) {
      for (std::int64_t q = 0; q < c.kernel[1]; ++q) {
        const std::int64_t row = i * stride[0] + p - pad_low[0];
        const std::int64_t column = j * stride[1] + q - pad_low[1];
        if (row < 0 || row >= c.x[1] || column < 0 || column >= c.x[2]) continue;
        for (std::int64_t channel = 0; channel < c.x[3]; ++channel) {
          visit(static_cast<std::size_t>(((n * c.x[1] + row) * c.x[2] + column) * c.x[3] + channel),
                static_cast<std::size_t>(((p * c.kernel[1] + q) * c.x[3] + channel) * c.y[3] + f),
                static_cast<std::size_t>(y_place));
        }
      }
    }
  }
}

/// A sum of products, the sum of their magnitudes, and how many they are.
struct Reference {
  double sum = 0;
  double magnitude = 0;
  double terms = 0;

  void add(double term) {
    sum += term;
    magnitude += std::abs(term);
    terms += 1;
  }
};

template <class T>
void check_close(const TestArray& result, const std::vector<Reference>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    // The bound of a sum of products in any order, and as much for the reference.
    const double tolerance =
        expected[i].magnitude * expected[i].terms * double{std::numeric_limits<T>::epsilon()};
    const double value = double{result.values<T>()[i]};
    if (!(std::abs(value - expected[i].sum) <= tolerance)) {
      FAIL("element " << i << ": " << value << " instead of " << expected[i].sum);
    }
  }
}

double inner_product(const TestArray& a, const TestArray& b) {
  const std::vector<double> left = a.doubles();
  const std::vector<double> right = b.doubles();
  double sum = 0;
  for (std::size_t i = 0; i < left.size(); ++i) sum += left[i] * right[i];
  return sum;
}

/// All three directions against the definition, and against each other as adjoints.
template <class T>
void check_convolution(Random& random, const Case& c) {
  const auto& [window, input_size, kernel_size] = c.attributes;
  CAPTURE(to_string(c.x), to_string(c.kernel), to_string(c.y), window.stride[0], window.stride[1],
          window.pad_low[0], window.pad_low[1]);
  const TestArray x = random_array<T>(random, c.x);
  const TestArray kernel = random_array<T>(random, c.kernel);
  const TestArray dy = random_array<T>(random, c.y);

  std::vector<Reference> y_expected(static_cast<std::size_t>(c.y.size()));
  std::vector<Reference> dx_expected(static_cast<std::size_t>(c.x.size()));
  std::vector<Reference> dkernel_expected(static_cast<std::size_t>(c.kernel.size()));
  const auto x_values = x.values<T>();
  const auto kernel_values = kernel.values<T>();
  const auto dy_values = dy.values<T>();
  for_each_term(c, [&](std::size_t x_place, std::size_t kernel_place, std::size_t y_place) {
    const double x_value = double{x_values[x_place]};
    const double kernel_value = double{kernel_values[kernel_place]};
    const double dy_value = double{dy_values[y_place]};
    y_expected[y_place].add(x_value * kernel_value);
    dx_expected[x_place].add(dy_value * kernel_value);
    dkernel_expected[kernel_place].add(x_value * dy_value);
  });

  const DType dtype = dtype_of<T>();
  const auto y = run_kernel(kernels::convolution, {&x, &kernel}, {{c.y, dtype}}, c.attributes);
  const auto dx =
      run_kernel(kernels::convolution_input_gradient, {&dy, &kernel}, {{c.x, dtype}}, c.attributes);
  const auto dkernel = run_kernel(kernels::convolution_kernel_gradient, {&x, &dy},
                                  {{c.kernel, dtype}}, c.attributes);
  check_close<T>(y[0], y_expected);
  check_close<T>(dx[0], dx_expected);
  check_close<T>(dkernel[0], dkernel_expected);

  double magnitude = 0;
  double terms = 1;
  for (std::size_t i = 0; i < y_expected.size(); ++i) {
    magnitude += y_expected[i].magnitude * std::abs(double{dy_values[i]});
    terms += y_expected[i].terms;
  }
  // Three sums of the same products in different orders. The bound grows with the number of
  // roundings on one path, which is at most all terms.
  const double tolerance = magnitude * terms * double{std::numeric_limits<T>::epsilon()};
  CHECK(std::abs(inner_product(y[0], dy) - inner_product(x, dx[0])) <= tolerance);
  CHECK(std::abs(inner_product(y[0], dy) - inner_product(kernel, dkernel[0])) <= tolerance);
}

Case random_case(Random& random) {
  const auto draw_pair = [&](std::int64_t low, std::int64_t high) {
    return std::array{draw(random, low, high), draw(random, low, high)};
  };
  const Window window{draw_pair(1, 3), draw_pair(0, 2), draw_pair(0, 2)};
  const Shape kernel{draw(random, 1, 5), draw(random, 1, 5), draw(random, {1, 3, 16}),
                     draw(random, {1, 2, 10, 16})};
  const auto size = [&](int axis) {
    const auto i = static_cast<std::size_t>(axis);
    const std::int64_t least = kernel[axis] - window.pad_low[i] - window.pad_high[i];
    return std::max<std::int64_t>(1, least) + draw(random, 0, 6);
  };
  return make_case({draw(random, {0, 1, 2, 17}), size(0), size(1), kernel[2]}, kernel, window);
}

TEMPLATE_TEST_CASE("convolution and its adjoints follow their definition", "", float, double) {
  Random random(1);
  for (int repeat = 0; repeat < 60; ++repeat) {
    check_convolution<TestType>(random, random_case(random));
  }
}

TEMPLATE_TEST_CASE("convolution of images larger than a band of patches", "", float, double) {
  Random random(2);
  const Window same{.pad_low = {1, 1}, .pad_high = {1, 1}};
  check_convolution<TestType>(random, make_case({2, 40, 37, 16}, {3, 3, 16, 4}, same));
  const Window strided{.stride = {2, 3}, .pad_low = {0, 2}, .pad_high = {1, 0}};
  check_convolution<TestType>(random, make_case({1, 90, 70, 8}, {5, 4, 8, 3}, strided));
}

TEMPLATE_TEST_CASE("convolution by a single place", "", float, double) {
  Random random(3);
  check_convolution<TestType>(random, make_case({3, 9, 7, 16}, {1, 1, 16, 10}, {}));
  check_convolution<TestType>(random, make_case({2, 90, 80, 16}, {1, 1, 16, 3}, {}));
  check_convolution<TestType>(random, make_case({3, 9, 7, 5}, {1, 1, 5, 10}, {.stride = {2, 2}}));
  check_convolution<TestType>(
      random, make_case({3, 4, 4, 5}, {1, 1, 5, 10}, {.pad_low = {1, 0}, .pad_high = {0, 1}}));
}

TEST_CASE("convolution of empty arrays gives zeros or nothing") {
  Random random(4);
  const Window same{.pad_low = {1, 1}, .pad_high = {1, 1}};
  check_convolution<float>(random, make_case({2, 4, 4, 0}, {3, 3, 0, 5}, same));
  check_convolution<float>(random, make_case({2, 4, 4, 5}, {3, 3, 5, 0}, same));
  check_convolution<float>(random, make_case({0, 4, 4, 5}, {3, 3, 5, 2}, same));
  check_convolution<float>(random, make_case({2, 2, 4, 5}, {3, 3, 5, 2}, {}));
  check_convolution<float>(random, make_case({2, 1, 0, 5}, {3, 2, 5, 2}, same));
}

TEST_CASE("windows wholly on padding contribute nothing") {
  Random random(5);
  const Window wide{.stride = {2, 1}, .pad_low = {4, 3}, .pad_high = {5, 4}};
  check_convolution<double>(random, make_case({2, 3, 2, 3}, {2, 3, 3, 4}, wide));
}

TEST_CASE("the kernel gradient sums chunks of any batch") {
  Random random(6);
  for (const std::int64_t batch : {1, 3, 7, 8, 9, 15, 16, 31}) {
    check_convolution<float>(random, make_case({batch, 5, 4, 2}, {2, 3, 2, 3}, {}));
  }
}

TEST_CASE("convolution of integers is an internal error") {
  const Case c = make_case({1, 2, 2, 1}, {1, 1, 1, 1}, {});
  const TestArray x({c.x, int32});
  const TestArray kernel({c.kernel, int32});
  for (const Kernel direction : {kernels::convolution, kernels::convolution_input_gradient,
                                 kernels::convolution_kernel_gradient}) {
    CHECK_THROWS_AS(run_kernel(direction, {&x, &kernel}, {{c.y, int32}}, c.attributes),
                    InternalError);
  }
}

}  // namespace
}  // namespace linseed::test
