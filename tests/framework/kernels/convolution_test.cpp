// Convolution and its adjoints against a plain loop over all terms.
#include <linseed/framework/kernels/convolution.h>

#include <utility>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/narrow_correlation.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/tests/framework/kernels/convolution_check.h>
#include <linseed/tests/support/array_runner.h>
#include <linseed/tests/support/instruction_sets.h>

namespace linseed::test {
namespace {

/// Any geometry over `spatial_dims` dimensions; groups divide channels and features.
Case random_case(Random& random, int spatial_dims, std::int64_t groups) {
  Window window;
  Shape x{draw(random, {0, 1, 2, 17})};
  Shape kernel;
  for (int i = 0; i < spatial_dims; ++i) {
    const auto d = static_cast<std::size_t>(3 - spatial_dims + i);
    window.stride[d] = draw(random, 1, 3);
    window.pad_low[d] = draw(random, 0, 2);
    window.pad_high[d] = draw(random, 0, 2);
    window.dilation[d] = draw(random, {1, 1, 2, 3});
    kernel.push_back(draw(random, 1, spatial_dims == 3 ? 3 : 5));
    const std::int64_t extent = (kernel[i] - 1) * window.dilation[d] + 1;
    const std::int64_t least = extent - window.pad_low[d] - window.pad_high[d];
    x.push_back(std::max<std::int64_t>(1, least) + draw(random, 0, spatial_dims == 3 ? 2 : 6));
  }
  const std::int64_t channels = draw(random, {1, 3, 8}), features = draw(random, {1, 2, 10});
  x.push_back(channels * groups);
  kernel.push_back(channels);
  kernel.push_back(features * groups);
  return make_case(std::move(x), std::move(kernel), window, groups);
}

TEMPLATE_TEST_CASE("convolution and its adjoints follow their definition", "", float, double) {
  for_each_instruction_set([] {
    Random random(1);
    for (int repeat = 0; repeat < 60; ++repeat) {
      const std::int64_t groups = repeat % 2 == 0 ? 1 : draw(random, 2, 3);
      check_convolution<TestType>(random, random_case(random, 1 + repeat % 3, groups));
    }
  });
}

TEMPLATE_TEST_CASE("grouped convolution of large images, and by a single place", "", float,
                   double) {
  Random random(7);
  const Window same = over_plane({1, 1}, {1, 1}, {1, 1});
  check_convolution<TestType>(random, make_case({1, 60, 50, 8}, {3, 3, 4, 6}, same, 2));
  check_convolution<TestType>(random, make_case({3, 7, 5, 6}, {1, 1, 2, 9}, {}, 3));
  check_convolution<TestType>(random, make_case({2, 4, 7, 5, 6}, {1, 1, 1, 3, 4}, {}, 2));
}

TEMPLATE_TEST_CASE("depthwise convolution, with one and with more features a channel", "", float,
                   double) {
  for_each_instruction_set([] {
    Random random(8);
    const Window same = over_plane({1, 1}, {1, 1}, {1, 1});
    check_convolution<TestType>(random, make_case({2, 30, 20, 37}, {3, 3, 1, 37}, same, 37));
    check_convolution<TestType>(random, make_case({9, 5, 4, 3}, {3, 2, 1, 6}, same, 3));
    const Window dilated{.stride = {2, 1, 2}, .pad_low = {1, 0, 3}, .dilation = {1, 2, 3}};
    check_convolution<TestType>(random, make_case({2, 4, 5, 9, 4}, {2, 2, 3, 1, 4}, dilated, 4));
    check_convolution<TestType>(random, make_case({3, 11, 2}, {3, 1, 2}, {}, 2));
    for (int repeat = 0; repeat < 20; ++repeat) {
      Case c = random_case(random, 1 + repeat % 3, draw(random, {2, 3, 10, 16, 20}));
      c.x[c.x.ndim() - 1] = c.attributes.groups;  // one channel each
      c.kernel[c.kernel.ndim() - 2] = 1;
      check_convolution<TestType>(random, c);
    }
  });
}

TEMPLATE_TEST_CASE("depthwise convolution has the same bits on every instruction set", "", float,
                   double) {
  Random random(10);
  for (const std::int64_t multiplier : {1, 3}) {
    const Window window = over_plane({2, 1}, {1, 1}, {1, 1});
    const Case c = make_case({3, 9, 21, 13}, {3, 3, 1, 13 * multiplier}, window, 13);
    const TestArray x = random_array<TestType>(random, c.x);
    const TestArray kernel = random_array<TestType>(random, c.kernel);
    const TestArray dy = random_array<TestType>(random, c.y);
    const DType dtype = dtype_of<TestType>();
    std::vector<std::vector<double>> first;
    for_each_instruction_set([&] {
      std::vector<std::vector<double>> results;
      const auto run = [&](Kernel direction, const TestArray& a, const TestArray& b,
                           const Shape& output) {
        results.push_back(
            run_kernel(direction, {&a, &b}, {{output, dtype}}, c.attributes)[0].doubles());
      };
      run(kernels::convolution, x, kernel, c.y);
      run(kernels::convolution_input_gradient, dy, kernel, c.x);
      run(kernels::convolution_kernel_gradient, x, dy, c.kernel);
      if (first.empty()) first = results;
      REQUIRE(results == first);
    });
  }
}

TEMPLATE_TEST_CASE("convolution of images that are cut into bands", "", float, double) {
  Random random(2);
  const Window same = over_plane({1, 1}, {1, 1}, {1, 1});
  check_convolution<TestType>(random, make_case({2, 40, 37, 16}, {3, 3, 16, 4}, same));
  const Window strided = over_plane({2, 3}, {0, 2}, {1, 0});
  check_convolution<TestType>(random, make_case({1, 90, 70, 8}, {5, 4, 8, 3}, strided));
}

TEMPLATE_TEST_CASE("kernel gradients of few channels, whose windows are groups of rows", "", float,
                   double) {
  for_each_instruction_set([] {
    Random random(14);
    const Window same = over_plane({1, 1}, {1, 1}, {1, 1});
    check_convolution<TestType>(random, make_case({9, 18, 17, 1}, {3, 3, 1, 17}, same));
    check_convolution<TestType>(random, make_case({9, 18, 17, 1}, {5, 5, 1, 8}, same));
    check_convolution<TestType>(random, make_case({9, 18, 17, 3}, {3, 3, 3, 16}, same));
    const Window solid{.pad_low = {1, 0, 1}, .dilation = {1, 2, 1}};
    check_convolution<TestType>(random, make_case({9, 6, 8, 7, 1}, {2, 3, 3, 1, 16}, solid));
  });
}

TEMPLATE_TEST_CASE(
    "convolution of several images at once, where the same taps are in few positions", "", float,
    double) {
  Random random(13);
  const auto check = [&](const Case& c) {
    CHECK(correlation_of(c).images_with(64, 99) > 1);
    check_convolution<TestType>(random, c);
  };
  // Of 16 items, and 8 chunks of the kernel's gradient, some have an image less.
  check(make_case({35, 8, 8, 16}, {5, 5, 16, 6}, over_plane({1, 1}, {4, 4}, {4, 4})));
  check(make_case({50, 14, 14, 16}, {5, 5, 16, 20}, over_plane({1, 1}, {2, 2}, {2, 2})));
  check(make_case({35, 13, 12, 4}, {5, 4, 4, 8}, over_plane({2, 2}, {2, 1}, {2, 1})));
  check(make_case({35, 9, 9, 8}, {5, 5, 4, 6}, over_plane({1, 1}, {2, 2}, {2, 2}), 2));
}

TEMPLATE_TEST_CASE("convolution by a single place", "", float, double) {
  Random random(3);
  check_convolution<TestType>(random, make_case({3, 9, 7, 16}, {1, 1, 16, 10}, {}));
  check_convolution<TestType>(random, make_case({2, 90, 80, 16}, {1, 1, 16, 3}, {}));
  check_convolution<TestType>(
      random, make_case({3, 9, 7, 5}, {1, 1, 5, 10}, over_plane({2, 2}, {0, 0}, {0, 0})));
  check_convolution<TestType>(
      random, make_case({3, 4, 4, 5}, {1, 1, 5, 10}, over_plane({1, 1}, {1, 0}, {0, 1})));
}

TEMPLATE_TEST_CASE("convolution to few features, and the gradient of few channels", "", float,
                   double) {
  for_each_instruction_set([] {
    Random random(11);
    const Window same = over_plane({1, 1}, {1, 1}, {1, 1});
    for (const std::int64_t few : {1, 2, 3, 6}) {
      check_convolution<TestType>(random, make_case({2, 30, 40, few}, {3, 3, few, 10}, same));
      check_convolution<TestType>(random, make_case({18, 19, 21, 10}, {3, 3, 10, few}, same));
    }
    // Bands of one image: along the height, the depth and the width.
    check_convolution<TestType>(random, make_case({1, 97, 40, 16}, {3, 3, 16, 1}, same));
    check_convolution<TestType>(random, make_case({1, 97, 40, 16}, {3, 5, 16, 3}, same));
    check_convolution<TestType>(random, make_case({1, 4, 900, 16}, {3, 3, 16, 2}, same));
    const Window deep{.pad_low = {1, 1, 1}, .pad_high = {1, 1, 1}};
    check_convolution<TestType>(random, make_case({1, 50, 12, 14, 6}, {3, 3, 3, 6, 1}, deep));
    const Window wide{.pad_low = {0, 0, 9}, .pad_high = {0, 0, 2}, .dilation = {1, 1, 4}};
    check_convolution<TestType>(random, make_case({1, 5003, 12}, {4, 12, 3}, wide));
    // Three dimensions, dilation, and padding wider than the image.
    const Window far{.pad_low = {1, 0, 7}, .pad_high = {2, 1, 3}, .dilation = {1, 2, 3}};
    check_convolution<TestType>(random, make_case({2, 12, 14, 6, 7}, {2, 2, 2, 7, 1}, far));
    // The gradient in what was read by strides is made of several parts.
    const Window halves = over_plane({2, 2}, {1, 1}, {1, 1});
    check_convolution<TestType>(random, make_case({3, 30, 40, 1}, {4, 4, 1, 10}, halves));
    check_convolution<TestType>(random, make_case({18, 31, 37, 3}, {3, 3, 3, 9}, halves));
    check_convolution<TestType>(random, make_case({1, 93, 61, 2}, {5, 5, 2, 16}, halves));
    const Window thirds = over_plane({3, 2}, {0, 5}, {4, 0});
    check_convolution<TestType>(random, make_case({2, 50, 43, 2}, {3, 2, 2, 12}, thirds));
    // These in bands: along the width, and of a part that others have a position more than.
    check_convolution<TestType>(
        random, make_case({1, 9003, 3}, {6, 3, 20}, {.stride = {1, 1, 4}, .pad_low = {0, 0, 2}}));
    const Window deep_halves{.stride = {2, 2, 2}, .pad_low = {1, 1, 1}, .pad_high = {1, 1, 2}};
    check_convolution<TestType>(random,
                                make_case({1, 21, 20, 19, 2}, {3, 3, 4, 2, 9}, deep_halves));
    // A height of 1 has one residue.
    check_convolution<TestType>(
        random, make_case({2, 1, 512, 1}, {1, 6, 1, 9}, over_plane({3, 2}, {}, {})));
    // Only one position: hardly a product is not with zeros.
    check_convolution<TestType>(random, make_case({2, 12, 12, 1}, {12, 12, 1, 8}, {}));
  });
}

TEST_CASE("few features are narrow, unless images are tiny or hardly a product is not with zeros") {
  const auto is_narrow = [](const Case& c) { return kernels::is_narrow<float>(correlation_of(c)); };
  const Window same = over_plane({1, 1}, {1, 1}, {1, 1});
  for_each_instruction_set([&] {
    const bool has_vectors = kernels::vector_lanes<float>() > 1;
    CHECK(is_narrow(make_case({2, 28, 28, 32}, {3, 3, 32, 1}, same)) == has_vectors);
    CHECK(is_narrow(make_case({1, 97, 40, 16}, {3, 3, 16, 1}, same)) == has_vectors);
    CHECK(is_narrow(make_case({1, 5003, 12}, {4, 12, 1}, {})) == has_vectors);
    CHECK_FALSE(is_narrow(make_case({2, 28, 28, 32}, {3, 3, 32, 16}, same)));
    CHECK_FALSE(is_narrow(make_case({2, 28, 28, 32}, {3, 3, 16, 2}, same, 2)));
    CHECK_FALSE(is_narrow(make_case({2, 28, 28, 8}, {3, 3, 8, 1}, over_plane({2, 1}, {}, {}))));
    CHECK_FALSE(is_narrow(make_case({2, 4, 4, 64}, {3, 3, 64, 1}, same)));
    // One tap: to lay the input out takes longer than to compute.
    CHECK_FALSE(is_narrow(make_case({2, 56, 56, 64}, {1, 1, 64, 1}, {})));
    const auto is_adjoint_narrow = [](const Case& c) {
      return kernels::is_narrow<float>(adjoint_correlation_of(c));
    };
    const Window halves = over_plane({2, 2}, {1, 1}, {1, 1});
    CHECK(is_adjoint_narrow(make_case({3, 30, 40, 1}, {4, 4, 1, 10}, halves)) == has_vectors);
    CHECK(is_adjoint_narrow(make_case({18, 31, 37, 3}, {3, 3, 3, 9}, halves)) == has_vectors);
    const Window flat = over_plane({3, 2}, {}, {});
    CHECK(is_adjoint_narrow(make_case({2, 1, 512, 1}, {1, 6, 1, 9}, flat)) == has_vectors);
    // Parts of few positions, or some that read nothing.
    CHECK_FALSE(is_adjoint_narrow(make_case({2, 6, 6, 1}, {4, 4, 1, 10}, halves)));
    CHECK_FALSE(is_adjoint_narrow(make_case({2, 60, 60, 1}, {1, 1, 1, 10}, halves)));
    const Window full = over_plane({1, 1}, {27, 27}, {27, 27});
    CHECK_FALSE(is_narrow(make_case({2, 1, 1, 8}, {28, 28, 8, 1}, full)));
  });
}

namespace {

/// The first `few` of every `many` elements.
template <class T>
TestArray firsts(const TestArray& all, const Shape& shape, std::int64_t few, std::int64_t many) {
  TestArray result({shape, dtype_of<T>()});
  const auto to = result.values<T>();
  for (std::size_t i = 0; i < to.size(); ++i) {
    const auto row = i / static_cast<std::size_t>(few), column = i % static_cast<std::size_t>(few);
    to[i] = all.values<T>()[row * static_cast<std::size_t>(many) + column];
  }
  return result;
}

}  // namespace

TEMPLATE_TEST_CASE("the bits of few features, and of few channels' gradient, are as among many", "",
                   float, double) {
  for_each_instruction_set([] {
    Random random(12);
    const DType dtype = dtype_of<TestType>();
    for (const std::int64_t few : {1, 3}) {
      const Window same = over_plane({1, 1}, {1, 1}, {1, 1});
      const Case all = make_case({3, 20, 24, 9}, {3, 3, 9, 40}, same);
      const Case some = make_case({3, 20, 24, 9}, {3, 3, 9, few}, same);
      const TestArray x = random_array<TestType>(random, all.x);
      const TestArray kernel = random_array<TestType>(random, all.kernel);
      const auto convolved = [&](const TestArray& by, const Case& c) {
        return std::move(
            run_kernel(kernels::convolution, {&x, &by}, {{c.y, dtype}}, c.attributes)[0]);
      };
      const TestArray narrow = convolved(firsts<TestType>(kernel, some.kernel, few, 40), some);
      CHECK(narrow.doubles() ==
            firsts<TestType>(convolved(kernel, all), some.y, few, 40).doubles());
    }
    for (const std::int64_t few : {1, 3}) {
      const Window halves = over_plane({2, 2}, {1, 1}, {1, 1});
      const Case all = make_case({3, 30, 41, 40}, {4, 3, 40, 9}, halves);
      const Case some = make_case({3, 30, 41, few}, {4, 3, few, 9}, halves);
      const TestArray dy = random_array<TestType>(random, all.y);
      const TestArray kernel = random_array<TestType>(random, all.kernel);
      const auto gradient = [&](const TestArray& by, const Case& c) {
        return std::move(run_kernel(kernels::convolution_input_gradient, {&dy, &by}, {{c.x, dtype}},
                                    c.attributes)[0]);
      };
      const TestArray narrow = gradient(firsts<TestType>(kernel, some.kernel, few * 9, 360), some);
      CHECK(narrow.doubles() == firsts<TestType>(gradient(kernel, all), some.x, few, 40).doubles());
    }
  });
}

TEST_CASE("convolution of empty arrays gives zeros or nothing") {
  Random random(4);
  const Window same = over_plane({1, 1}, {1, 1}, {1, 1});
  check_convolution<float>(random, make_case({2, 4, 4, 0}, {3, 3, 0, 5}, same));
  check_convolution<float>(random, make_case({2, 4, 4, 5}, {3, 3, 5, 0}, same));
  check_convolution<float>(random, make_case({2, 4, 4, 2}, {3, 3, 1, 0}, same, 2));
  check_convolution<float>(random, make_case({0, 4, 4, 5}, {3, 3, 5, 2}, same));
  check_convolution<float>(random, make_case({2, 2, 4, 5}, {3, 3, 5, 2}, {}));
  check_convolution<float>(random, make_case({2, 1, 0, 5}, {3, 2, 5, 2}, same));
}

TEST_CASE("windows wholly on padding contribute nothing") {
  Random random(5);
  const Window wide = over_plane({2, 1}, {4, 3}, {5, 4});
  check_convolution<double>(random, make_case({2, 3, 2, 3}, {2, 3, 3, 4}, wide));
}

TEST_CASE("the kernel gradient sums chunks of any batch") {
  Random random(6);
  for (const std::int64_t batch : {1, 3, 7, 8, 9, 15, 16, 31}) {
    check_convolution<float>(random, make_case({batch, 5, 4, 2}, {2, 3, 2, 3}, {}));
  }
  // Chunks of some groups of images, and of a few images more.
  const Window same = over_plane({1, 1}, {1, 1}, {1, 1});
  check_convolution<float>(random, make_case({70, 14, 14, 20}, {3, 3, 20, 3}, same));
}

TEMPLATE_TEST_CASE("the kernel gradient of lines each of which is a sum of its own", "", float,
                   double) {
  Random random(10);
  check_convolution<TestType>(random, make_case({1, 3, 150, 20}, {1, 1, 20, 48}, {}));
  check_convolution<TestType>(random, make_case({2, 5, 150, 16}, {3, 3, 16, 32}, {}));
  const Window strided = over_plane({2, 2}, {1, 1}, {1, 1});
  check_convolution<TestType>(random, make_case({1, 9, 280, 16}, {3, 3, 16, 70}, strided));
}

TEST_CASE("the kernel gradient of a large image does not lose digits") {
  // 2^18 products of one sign, of which the exact sum is known: a chain that long is 0.2 % off.
  for (const std::int64_t groups : {1, 2}) {
    const Case c = make_case({1, 512, 512, groups}, {1, 1, 1, groups}, {}, groups);
    TestArray x({c.x, float32}), dy({c.y, float32});
    std::ranges::fill(x.values<float>(), 0.1F);
    std::ranges::fill(dy.values<float>(), 1.0F);
    const auto dkernel = run_kernel(kernels::convolution_kernel_gradient, {&x, &dy},
                                    {{c.kernel, float32}}, c.attributes);
    for (const float sum : dkernel[0].values<float>()) {
      CHECK(sum == Approx(512.0 * 512.0 * double{0.1F}).epsilon(1e-4));
    }
  }
}

TEMPLATE_TEST_CASE("convolution of one long line, and of one image of many features", "", float,
                   double) {
  Random random(9);
  const Window same{.stride = {1, 1, 1}, .pad_low = {0, 0, 1}, .pad_high = {0, 0, 1}};
  check_convolution<TestType>(random, make_case({1, 3000, 6}, {3, 6, 20}, same));
  check_convolution<TestType>(random, make_case({1, 7, 7, 6}, {7, 7, 6, 70}, {}));
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
