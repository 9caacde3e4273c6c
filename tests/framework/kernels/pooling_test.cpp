// Pooling and its adjoints against plain loops over windows.
#include <linseed/framework/kernels/pooling.h>

#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/tests/support/array_runner.h>
#include <linseed/tests/support/instruction_sets.h>

namespace linseed::test {
namespace {

using kernels::PoolingAttributes;
using kernels::Spatial;
using kernels::spatial_sizes;
using kernels::Window;

struct Case {
  Shape x;
  Shape y;
  PoolingAttributes attributes;
};

/// x with one to three spatial dimensions; the windows over the last of three.
Case make_case(Shape x, Spatial window_size, Window window) {
  const int last = x.ndim() - 1;
  const Spatial size = spatial_sizes(x, 1, 1);
  Shape y{x[0]};
  for (int i = 1; i < last; ++i) {
    const auto d = static_cast<std::size_t>(3 - last + i);
    const std::int64_t room = size[d] + window.pad_low[d] + window.pad_high[d] - window_size[d];
    y.push_back(room / window.stride[d] + 1);
  }
  y.push_back(x[last]);
  return {std::move(x), std::move(y), {window, window_size, size}};
}

Case random_case(Random& random) {
  const int spatial_dims = static_cast<int>(draw(random, 1, 3));
  Window window;
  Spatial window_size{1, 1, 1};
  Shape x{draw(random, {0, 1, 2, 9})};
  for (int i = 0; i < spatial_dims; ++i) {
    const auto d = static_cast<std::size_t>(3 - spatial_dims + i);
    window.stride[d] = draw(random, 1, 3);
    window.pad_low[d] = draw(random, 0, 2);
    window.pad_high[d] = draw(random, 0, 2);
    window_size[d] = draw(random, 1, spatial_dims == 3 ? 3 : 5);
    const std::int64_t least = window_size[d] - window.pad_low[d] - window.pad_high[d];
    x.push_back(std::max<std::int64_t>(1, least) + draw(random, 0, spatial_dims == 3 ? 3 : 6));
  }
  x.push_back(draw(random, {0, 1, 3, 10, 16, 70}));
  return make_case(std::move(x), window_size, window);
}

/// Where a place of the window of y's element lies in x, or -1 on padding.
std::int64_t x_place(const Case& c, std::int64_t y_place, const Spatial& place) {
  const auto& [window, window_size, size] = c.attributes;
  const Spatial positions = spatial_sizes(c.y, 1, 1);
  const std::int64_t channels = c.y[c.y.ndim() - 1];
  const std::int64_t pixel = y_place / channels;
  const Spatial position{pixel / positions[2] / positions[1] % positions[0],
                         pixel / positions[2] % positions[1], pixel % positions[2]};
  std::int64_t source = pixel / positions[2] / positions[1] / positions[0];  // the image
  for (std::size_t d = 0; d < 3; ++d) {
    const std::int64_t at = position[d] * window.stride[d] + place[d] - window.pad_low[d];
    if (at < 0 || at >= size[d]) return -1;
    source = source * size[d] + at;
  }
  return source * channels + y_place % channels;
}

/// Calls visit(y place, number in the window, x place) for all places of all windows inside x.
template <class Visit>
void for_each_place(const Case& c, Visit visit) {
  const auto& [planes, rows, columns] = c.attributes.window_size;
  for (std::int64_t y_place = 0; y_place < c.y.size(); ++y_place) {
    for (std::int64_t place = 0; place < planes * rows * columns; ++place) {
      const std::int64_t source =
          x_place(c, y_place, {place / columns / rows, place / columns % rows, place % columns});
      if (source < 0) continue;
      visit(static_cast<std::size_t>(y_place), place, static_cast<std::size_t>(source));
    }
  }
}

template <class T>
bool is_nan(T value) {
  return value != value;
}

/// Equal, or both NaN.
template <class T>
bool agree(std::span<const T> a, std::span<const T> b) {
  return std::ranges::equal(a, b, [](T x, T y) { return x == y || (is_nan(x) && is_nan(y)); });
}

template <class T>
std::vector<T> to_vector(const TestArray& array) {
  const auto values = array.values<T>();
  return {values.begin(), values.end()};
}

/// Checks max_pool by its definition; gives back its outputs.
template <class T, class Position>
std::vector<TestArray> check_max_pool(const Case& c, const TestArray& x) {
  const auto x_values = x.values<T>();
  const T lowest = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                        : std::numeric_limits<T>::lowest();
  std::vector<T> expected(static_cast<std::size_t>(c.y.size()), lowest);
  std::vector<std::int64_t> places(expected.size(), -1);
  for_each_place(c, [&](std::size_t y_place, std::int64_t place, std::size_t source) {
    const T value = x_values[source];
    T& best = expected[y_place];
    if (places[y_place] >= 0 && (is_nan(best) || (!is_nan(value) && value <= best))) return;
    best = value;
    places[y_place] = place;
  });
  std::vector<TestArray> results = run_kernel(
      kernels::max_pool, {&x}, {{c.y, dtype_of<T>()}, {c.y, dtype_of<Position>()}}, c.attributes);
  CHECK(agree<T>(results[0].values<T>(), expected));
  CHECK(std::ranges::equal(results[1].values<Position>(), places,
                           [](Position position, std::int64_t place) {
                             return position == std::max<std::int64_t>(place, 0);
                           }));
  return results;
}

/// max_unpool and max_pool_select at the positions that max_pool found.
template <class T>
void check_max_adjoints(Random& random, const Case& c, const TestArray& position) {
  const TestArray dy = random_array<T>(random, c.y);
  const TestArray other = random_array<T>(random, c.x);
  std::vector<T> dx_expected(static_cast<std::size_t>(c.x.size()), T{0});
  std::vector<T> selected_expected(static_cast<std::size_t>(c.y.size()), T{0});
  const std::vector<double> positions = position.doubles();
  for_each_place(c, [&](std::size_t y_place, std::int64_t place, std::size_t source) {
    if (positions[y_place] != static_cast<double>(place)) return;
    dx_expected[source] += dy.values<T>()[y_place];
    selected_expected[y_place] = other.values<T>()[source];
  });
  const std::vector<TestArray> dx =
      run_kernel(kernels::max_unpool, {&dy, &position}, {{c.x, dtype_of<T>()}}, c.attributes);
  const std::vector<TestArray> selected = run_kernel(kernels::max_pool_select, {&other, &position},
                                                     {{c.y, dtype_of<T>()}}, c.attributes);
  // Both walk the windows in row-major order, so the sums are equal to the bit.
  CHECK(to_vector<T>(dx[0]) == dx_expected);
  CHECK(to_vector<T>(selected[0]) == selected_expected);
}

std::string describe(const Case& c) {
  const auto& [window, window_size, size] = c.attributes;
  return fmt::format("x {}, y {}, window {}, stride {}, pads {}+{}", c.x, c.y,
                     fmt::join(window_size, "x"), fmt::join(window.stride, "x"),
                     fmt::join(window.pad_low, ","), fmt::join(window.pad_high, ","));
}

TEMPLATE_TEST_CASE("max_pool finds the first maximum, and its adjoints use its place", "",
                   (std::pair<float, std::uint8_t>), (std::pair<float, std::int32_t>),
                   (std::pair<double, std::uint8_t>), (std::pair<double, std::int32_t>)) {
  using T = typename TestType::first_type;
  using Position = typename TestType::second_type;
  for_each_instruction_set([] {
    Random random(1);
    for (int repeat = 0; repeat < 40; ++repeat) {
      const Case c = random_case(random);
      CAPTURE(describe(c));
      const TestArray x = random_array<T>(random, c.x);
      // Few different values make ties; NaN and infinities stand among them.
      for (T& value : x.values<T>()) {
        value = std::round(value * 4);
        if (value == 4) value = std::numeric_limits<T>::quiet_NaN();
        if (value == -4) value = -std::numeric_limits<T>::infinity();
        if (value == 0 && random() % 2 == 0) value = -value;
      }
      const std::vector<TestArray> pooled = check_max_pool<T, Position>(c, x);
      check_max_adjoints<T>(random, c, pooled[1]);
    }
  });
}

TEMPLATE_TEST_CASE("max_pool of integers", "", std::uint8_t, std::int32_t, std::int64_t,
                   std::uint32_t) {
  Random random(2);
  for (int repeat = 0; repeat < 20; ++repeat) {
    const Case c = random_case(random);
    CAPTURE(describe(c));
    const TestArray x = random_array<TestType>(random, c.x);
    check_max_pool<TestType, std::uint8_t>(c, x);
    check_max_pool<TestType, std::int32_t>(c, x);
  }
}

TEST_CASE("a window wholly on padding has the lowest value and passes no gradient") {
  Random random(3);
  const Window wide{.stride = {1, 1, 2}, .pad_low = {0, 3, 4}, .pad_high = {0, 4, 2}};
  const Case c = make_case({2, 3, 2, 5}, {1, 2, 2}, wide);
  const TestArray x = random_array<float>(random, c.x);
  const std::vector<TestArray> pooled = check_max_pool<float, std::uint8_t>(c, x);
  CHECK(pooled[0].values<float>()[0] == -std::numeric_limits<float>::infinity());
  CHECK(pooled[1].values<std::uint8_t>()[0] == 0);
  check_max_adjoints<float>(random, c, pooled[1]);
  check_max_pool<std::int32_t, std::int32_t>(c, random_array<std::int32_t>(random, c.x));
}

TEST_CASE("max_pool tells 256 places in uint8 and more in int32") {
  Random random(4);
  const Case square = make_case({2, 17, 18, 3}, {1, 16, 16}, {});
  const TestArray x = random_array<float>(random, square.x);
  check_max_adjoints<float>(random, square, check_max_pool<float, std::uint8_t>(square, x)[1]);
  const Case large = make_case({2, 21, 19, 3}, {1, 20, 19}, {});
  const TestArray rising({large.x, float32});
  float next = 0;
  for (float& value : rising.values<float>()) value = next++;
  const std::vector<TestArray> pooled = check_max_pool<float, std::int32_t>(large, rising);
  CHECK(pooled[1].values<std::int32_t>()[0] == 20 * 19 - 1);
  check_max_adjoints<float>(random, large, pooled[1]);
}

TEMPLATE_TEST_CASE("sum_pool and sum_unpool follow their definition and are adjoint", "", float,
                   double) {
  using T = TestType;
  for_each_instruction_set([] {
    Random random(5);
    for (int repeat = 0; repeat < 40; ++repeat) {
      const Case c = random_case(random);
      CAPTURE(describe(c));
      const TestArray x = random_array<T>(random, c.x);
      const TestArray dy = random_array<T>(random, c.y);
      std::vector<T> y_expected(static_cast<std::size_t>(c.y.size()), T{0});
      std::vector<T> dx_expected(static_cast<std::size_t>(c.x.size()), T{0});
      double product = 0;
      double terms = 1;
      for_each_place(c, [&](std::size_t y_place, std::int64_t, std::size_t source) {
        y_expected[y_place] += x.values<T>()[source];
        dx_expected[source] += dy.values<T>()[y_place];
        product += double{x.values<T>()[source]} * double{dy.values<T>()[y_place]};
        terms += 1;
      });
      const std::vector<TestArray> y =
          run_kernel(kernels::sum_pool, {&x}, {{c.y, dtype_of<T>()}}, c.attributes);
      const std::vector<TestArray> dx =
          run_kernel(kernels::sum_unpool, {&dy}, {{c.x, dtype_of<T>()}}, c.attributes);
      // Both walk the windows in row-major order, so the sums are equal to the bit.
      CHECK(to_vector<T>(y[0]) == y_expected);
      CHECK(to_vector<T>(dx[0]) == dx_expected);

      double y_dy = 0;
      double x_dx = 0;
      for (std::size_t i = 0; i < y_expected.size(); ++i) {
        y_dy += double{y[0].values<T>()[i]} * double{dy.values<T>()[i]};
      }
      for (std::size_t i = 0; i < dx_expected.size(); ++i) {
        x_dx += double{dx[0].values<T>()[i]} * double{x.values<T>()[i]};
      }
      // All values are below 1 and a window has at most 27 places, each a rounding of a partial sum
      // below 27.
      const double tolerance = terms * 27 * double{std::numeric_limits<T>::epsilon()};
      CHECK(std::abs(y_dy - product) <= tolerance);
      CHECK(std::abs(x_dx - product) <= tolerance);
    }
  });
}

TEST_CASE("pooling refuses the dtypes that its op rules out") {
  const Case c = make_case({1, 2, 2, 1}, {1, 2, 2}, {});
  const TestArray flags({c.x, bool_});
  const TestArray numbers({c.x, int32});
  const TestArray x({c.x, float32});
  CHECK_THROWS_AS(
      run_kernel(kernels::max_pool, {&flags}, {{c.y, bool_}, {c.y, uint8}}, c.attributes),
      InternalError);
  CHECK_THROWS_AS(run_kernel(kernels::max_pool, {&x}, {{c.y, float32}, {c.y, int64}}, c.attributes),
                  InternalError);
  CHECK_THROWS_AS(run_kernel(kernels::sum_pool, {&numbers}, {{c.y, int32}}, c.attributes),
                  InternalError);
}

}  // namespace
}  // namespace linseed::test
