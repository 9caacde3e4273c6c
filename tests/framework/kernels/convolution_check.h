// Convolution and its adjoints against a plain loop over all terms.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <linseed/tests/framework/kernels/convolution_case.h>
#include <linseed/tests/support/array_runner.h>

namespace linseed::test {

/// Calls visit(index) for all indices below `sizes`, in row-major order.
template <class Visit>
void for_each_index(const Spatial& sizes, Visit visit) {
  for (std::int64_t i = 0; i < sizes[0]; ++i) {
    for (std::int64_t j = 0; j < sizes[1]; ++j) {
      for (std::int64_t k = 0; k < sizes[2]; ++k) visit(Spatial{i, j, k});
    }
  }
}

/// The row-major number of an index; -1 if it is not inside.
inline std::int64_t number_of(const Spatial& index, const Spatial& sizes) {
  for (std::size_t d = 0; d < 3; ++d) {
    if (index[d] < 0 || index[d] >= sizes[d]) return -1;
  }
  return (index[0] * sizes[1] + index[1]) * sizes[2] + index[2];
}

/// Calls visit(x place, kernel place, y place) for every product in the definition.
template <class Visit>
void for_each_term(const Case& c, Visit visit) {
  const Window& window = c.attributes.window;
  const Spatial& size = c.attributes.input_size;
  const Spatial& kernel_size = c.attributes.kernel_size;
  const std::int64_t groups = c.attributes.groups;
  const Spatial positions = spatial_sizes(c.y, 1, 1);
  const int last = c.x.ndim() - 1;
  const std::int64_t channels = c.x[last], features = c.y[last];
  const std::int64_t depth = channels / groups;  // of the sum over channels
  const auto visit_pixels = [&](std::int64_t n, std::int64_t y_pixel, std::int64_t place,
                                std::int64_t x_pixel) {
    for (std::int64_t f = 0; f < features; ++f) {
      const std::int64_t first_channel = f / (features / groups) * depth;
      for (std::int64_t channel = 0; channel < depth; ++channel) {
        const std::int64_t x_row = n * size[0] * size[1] * size[2];
        const std::int64_t y_row = n * positions[0] * positions[1] * positions[2];
        visit(static_cast<std::size_t>((x_row + x_pixel) * channels + first_channel + channel),
              static_cast<std::size_t>((place * depth + channel) * features + f),
              static_cast<std::size_t>((y_row + y_pixel) * features + f));
      }
    }
  };
  for (std::int64_t n = 0; n < c.x[0]; ++n) {
    for_each_index(positions, [&](const Spatial& position) {
      for_each_index(kernel_size, [&](const Spatial& place) {
        Spatial source{};
        for (std::size_t d = 0; d < 3; ++d) {
          source[d] =
              position[d] * window.stride[d] + place[d] * window.dilation[d] - window.pad_low[d];
        }
        const std::int64_t x_pixel = number_of(source, size);
        if (x_pixel < 0) return;
        visit_pixels(n, number_of(position, positions), number_of(place, kernel_size), x_pixel);
      });
    });
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
    // The bound of a sum of products in any order, and as much for the reference. Winograd adds
    // some that cancel; the bound, which no sum comes near, has room for them.
    const double tolerance =
        expected[i].magnitude * expected[i].terms * double{std::numeric_limits<T>::epsilon()};
    const double value = double{result.values<T>()[i]};
    if (!(std::abs(value - expected[i].sum) <= tolerance)) {
      FAIL("element " << i << ": " << value << " instead of " << expected[i].sum);
    }
  }
}

inline double inner_product(const TestArray& a, const TestArray& b) {
  const std::vector<double> left = a.doubles();
  const std::vector<double> right = b.doubles();
  double sum = 0;
  for (std::size_t i = 0; i < left.size(); ++i) sum += left[i] * right[i];
  return sum;
}

/// All three directions against the definition, and against each other as adjoints.
template <class T>
void check_convolution(Random& random, const Case& c) {
  const Window& window = c.attributes.window;
  CAPTURE(to_string(c.x), to_string(c.kernel), to_string(c.y), c.attributes.groups);
  CAPTURE(fmt::format("{}", fmt::join(window.stride, ",")),
          fmt::format("{}", fmt::join(window.pad_low, ",")),
          fmt::format("{}", fmt::join(window.dilation, ",")));
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

}  // namespace linseed::test
