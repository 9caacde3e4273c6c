// Correlations by F(2 × 2, 3 × 3): what they give, what is computed so, and how exact that is.
#include <linseed/framework/kernels/winograd.h>
#include <linseed/framework/kernels/winograd_geometry.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include <linseed/tests/framework/kernels/convolution_check.h>
#include <linseed/tests/support/array_runner.h>
#include <linseed/tests/support/instruction_sets.h>

namespace linseed::test {
namespace {

using kernels::is_winograd;
using kernels::is_winograd_gradient;
using kernels::suits_winograd;

const Window kSame = over_plane({1, 1}, {1, 1}, {1, 1});

/// Large enough for both directions.
std::vector<Case> cases() {
  return {
      make_case({32, 8, 8, 16}, {3, 3, 16, 16}, kSame),
      make_case({16, 13, 11, 16}, {3, 3, 16, 24}, kSame),  // an odd width
      make_case({16, 14, 13, 21}, {3, 3, 21, 19}, {}),     // no whole vectors, no padding
      make_case({9, 40, 31, 16}, {3, 3, 16, 17}, kSame),   // bands
      make_case({17, 12, 12, 16}, {3, 3, 16, 16}, over_plane({1, 1}, {2, 0}, {0, 2})),
      make_case({9, 20, 17, 16}, {3, 3, 16, 16}, over_plane({1, 1}, {0, 2}, {1, 2})),
      make_case({9, 8, 130, 16}, {3, 3, 16, 16}, over_plane({1, 1}, {2, 1}, {2, 1})),
      make_case({9, 130, 8, 16}, {3, 3, 16, 40}, over_plane({1, 1}, {2, 2}, {2, 2})),
      make_case({9, 1, 16, 16, 16}, {1, 3, 3, 16, 16}, kSame),
      make_case({8, 70, 40, 16}, {3, 3, 16, 16}, kSame),  // bands of the gradient, too
      make_case({35, 8, 8, 32}, {3, 3, 32, 16}, kSame),   // two images at once, and a last one
      make_case({130, 4, 4, 16}, {3, 3, 16, 40}, kSame),
      make_case({70, 7, 7, 40}, {3, 3, 40, 24}, kSame),
      make_case({50, 6, 5, 16}, {3, 3, 16, 16}, over_plane({1, 1}, {1, 1}, {1, 2})),
  };
}

}  // namespace

TEST_CASE("convolution by F(2 × 2, 3 × 3) and its adjoints follow their definition") {
  for_each_instruction_set([] {
    Random random(1);
    for (const Case& c : cases()) {
      CHECK(is_winograd(correlation_of(c)));
      CHECK(is_winograd_gradient(correlation_of(c)));
      check_convolution<float>(random, c);
    }
    check_convolution<float>(random, make_case({5, 20, 18, 16}, {3, 3, 16, 16}, kSame));
    // Few images, each in bands that threads share.
    check_convolution<float>(random, make_case({1, 24, 24, 16}, {3, 3, 16, 16}, kSame));
    check_convolution<float>(random, make_case({1, 8, 8, 64}, {3, 3, 64, 72}, kSame));
    check_convolution<float>(random, make_case({3, 9, 9, 24}, {3, 3, 24, 40}, kSame));
    check_convolution<float>(random, make_case({1, 4, 4, 16}, {3, 3, 16, 40}, kSame));
    check_convolution<float>(random, make_case({3, 6, 4, 128}, {3, 3, 128, 160}, kSame));
    // Of a depth that is padding.
    check_convolution<float>(random, make_case({9, 1, 16, 16, 16}, {1, 3, 3, 16, 16},
                                               {.stride = {2, 1, 1}, .pad_low = {1, 0, 0}}));
    // Chains of several groups of images, in the gradient.
    check_convolution<float>(random, make_case({400, 4, 6, 16}, {3, 3, 16, 16}, kSame));
  });
}

TEST_CASE("F(2 × 2, 3 × 3) is for windows of 3 × 3, enough channels and enough positions") {
  const auto with = [](Shape x, Shape kernel, const Window& window, std::int64_t groups = 1) {
    return correlation_of(make_case(std::move(x), std::move(kernel), window, groups));
  };
  CHECK(is_winograd(with({1, 8, 8, 16}, {3, 3, 16, 16}, kSame)));
  CHECK(is_winograd(with({1, 6, 6, 16}, {3, 3, 16, 16}, kSame)));
  CHECK(is_winograd(with({1, 4, 4, 16}, {3, 3, 16, 16}, kSame)));
  CHECK(is_winograd(adjoint_correlation_of(make_case({1, 4, 4, 16}, {3, 3, 16, 24}, kSame))));
  CHECK_FALSE(is_winograd(with({16, 4, 4, 512}, {3, 3, 512, 512}, kSame)));
  CHECK_FALSE(is_winograd(with({99, 3, 3, 16}, {3, 3, 16, 16}, kSame)));
  CHECK_FALSE(is_winograd(with({99, 7, 7, 16}, {3, 3, 16, 16}, kSame)));
  CHECK(is_winograd(with({99, 7, 7, 32}, {3, 3, 32, 32}, kSame)));
  CHECK(is_winograd_gradient(with({4, 32, 32, 16}, {3, 3, 16, 16}, kSame)));
  CHECK_FALSE(is_winograd_gradient(with({3, 32, 32, 16}, {3, 3, 16, 16}, kSame)));
  CHECK(is_winograd_gradient(with({128, 4, 4, 16}, {3, 3, 16, 16}, kSame)));
  CHECK_FALSE(is_winograd_gradient(with({512, 3, 3, 16}, {3, 3, 16, 16}, kSame)));
  const auto suits = [&](Shape x, Shape kernel, const Window& window, std::int64_t groups) {
    return suits_winograd(with(std::move(x), std::move(kernel), window, groups));
  };
  CHECK(suits({9, 16, 16, 16}, {3, 3, 16, 16}, kSame, 1));
  CHECK_FALSE(suits({9, 16, 16, 16}, {1, 3, 16, 16}, kSame, 1));
  CHECK_FALSE(suits({9, 16, 16, 15}, {3, 3, 15, 16}, kSame, 1));
  CHECK_FALSE(suits({9, 16, 16, 16}, {3, 3, 16, 15}, kSame, 1));
  CHECK_FALSE(suits({9, 16, 16, 16}, {3, 1, 16, 16}, kSame, 1));
  CHECK_FALSE(suits({9, 16, 16, 16}, {3, 5, 16, 16}, kSame, 1));
  CHECK_FALSE(suits({9, 16, 16, 16}, {5, 3, 16, 16}, kSame, 1));
  CHECK_FALSE(suits({9, 16, 16, 64}, {3, 3, 32, 64}, kSame, 2));
  CHECK_FALSE(suits({9, 16, 16, 16}, {3, 3, 16, 16}, over_plane({1, 2}, {}, {}), 1));
  CHECK_FALSE(suits({9, 16, 16, 16}, {3, 3, 16, 16}, over_plane({2, 1}, {}, {}), 1));
  CHECK_FALSE(suits({9, 16, 16, 16}, {3, 3, 16, 16}, {.dilation = {1, 1, 2}}, 1));
  CHECK_FALSE(suits({9, 16, 16, 16}, {3, 3, 16, 16}, {.dilation = {1, 2, 1}}, 1));
  CHECK_FALSE(suits({9, 64, 2, 16}, {3, 3, 16, 16}, kSame, 1));  // most is padding
  CHECK_FALSE(suits({9, 20, 20, 16}, {3, 3, 16, 16}, over_plane({1, 1}, {1, 30}, {1, 30}), 1));
  CHECK_FALSE(suits({1, 3, 20000, 16}, {3, 3, 16, 16}, kSame, 1));  // wide lines
  CHECK_FALSE(suits({1, 1, 16, 16, 16}, {1, 3, 3, 16, 16}, {.pad_low = {1, 0, 0}}, 1));
  CHECK_FALSE(
      suits({1, 1, 16, 16, 16}, {1, 3, 3, 16, 16}, {.stride = {2, 1, 1}, .pad_low = {1, 0, 0}}, 1));
  CHECK_FALSE(suits({9, 4, 16, 16, 16}, {3, 3, 3, 16, 16}, {}, 1));
  CHECK_FALSE(suits({0, 16, 16, 16}, {3, 3, 16, 16}, kSame, 1));
}

TEST_CASE("each row of tiles of each image is in one item") {
  const Case c = make_case({7, 22, 8, 16}, {3, 3, 16, 16}, kSame);
  const kernels::Correlation correlation = correlation_of(c);
  const kernels::WinogradGeometry geometry(correlation);
  REQUIRE(geometry.rows == 11);
  for (const std::int64_t at_once : {1, 2, 3, 7}) {
    for (const std::int64_t bands : {1, 2, 4, 11, 30}) {
      const kernels::WinogradItems items(geometry, at_once, bands);
      const std::int64_t count = items.count(7);
      std::vector<int> times(7 * 11, 0);
      for (std::int64_t i = 0; i < count; ++i) {
        const kernels::WinogradItem item = items.item(i, 0, 7);
        CHECK(item.rows() <= items.most_rows());
        for (std::int64_t image = item.image; image < item.image + item.images; ++image) {
          for (std::int64_t row = item.band.begin; row < item.band.end; ++row) {
            ++times[static_cast<std::size_t>(image * 11 + row)];
          }
        }
      }
      CHECK(std::ranges::all_of(times, [](int n) { return n == 1; }));
      CHECK(items.item(count, 0, 7).images == 0);
    }
  }
}

TEST_CASE("F(2 × 2, 3 × 3) is nearly as exact as the direct sum") {
  // Against float64, of inputs around 0, as after a BatchNorm, and around 1, as after a ReLU.
  const ParallelFor serial = [](std::int64_t items, double, const RangeBody& body) {
    body(0, items);
  };
  const KernelCall call{{}, {}, nullptr, serial};
  const Case c = make_case({16, 16, 16, 32}, {3, 3, 32, 32}, kSame);
  const kernels::Correlation correlation = correlation_of(c);
  const auto forward = [&]<class T>(const std::vector<T>& x, const std::vector<T>& kernel) {
    std::vector<T> y(static_cast<std::size_t>(c.y.size()));
    correlation.compute(call, x.data(), kernel.data(), y.data());
    return y;
  };
  const auto gradient = [&]<class T>(const std::vector<T>& x, const std::vector<T>& dy) {
    std::vector<T> dkernel(static_cast<std::size_t>(c.kernel.size()));
    correlation.gradient_of_kernel(call, x.data(), dy.data(), dkernel.data());
    return dkernel;
  };
  for (const float mean : {0.F, 1.F}) {
    Random random(2);
    TestArray x = random_array<float>(random, c.x);
    for (float& value : x.values<float>()) value += mean;
    const auto check = [&](Kernel direction, const Shape& other, const Shape& result,
                           const auto& direct) {
      const TestArray b = random_array<float>(random, other);
      const auto floats = [](const TestArray& array) {
        return std::vector<float>(array.values<float>().begin(), array.values<float>().end());
      };
      const std::vector<double> exact = direct(x.doubles(), b.doubles());
      const auto error = [&](const auto& values) {
        double square_sum = 0;
        for (std::size_t i = 0; i < exact.size(); ++i) {
          square_sum += std::pow(static_cast<double>(values[i]) - exact[i], 2);
        }
        return std::sqrt(square_sum / static_cast<double>(exact.size()));
      };
      const double by_tiles =
          error(run_kernel(direction, {&x, &b}, {{result, float32}}, c.attributes)[0].doubles());
      const double directly = error(direct(floats(x), floats(b)));
      CHECK(by_tiles > 0);
      INFO("error " << by_tiles << ", directly " << directly << ", around " << mean);
      CHECK(by_tiles < 2 * directly);
    };
    check(kernels::convolution, c.kernel, c.y, forward);
    check(kernels::convolution_kernel_gradient, c.y, c.kernel, gradient);
  }
}

TEST_CASE("by F(2 × 2, 3 × 3), an image has the same bits alone and among others") {
  const std::int64_t height = GENERATE(8, 12), width = height == 8 ? 9 : 11;
  const Case all = make_case({33, height, width, 16}, {3, 3, 16, 16}, kSame);
  const Case one = make_case({1, height, width, 16}, {3, 3, 16, 16}, kSame);
  Random random(3);
  const TestArray x = random_array<float>(random, all.x);
  const TestArray kernel = random_array<float>(random, all.kernel);
  for (const Kernel direction : {kernels::convolution, kernels::convolution_input_gradient}) {
    const auto together = run_kernel(direction, {&x, &kernel}, {{all.y, float32}}, all.attributes);
    for (const std::size_t image : {0, 1, 32}) {
      TestArray alone({one.x, float32});
      const std::size_t size = alone.values<float>().size();
      std::ranges::copy(x.values<float>().subspan(image * size, size),
                        alone.values<float>().begin());
      const auto result =
          run_kernel(direction, {&alone, &kernel}, {{one.y, float32}}, one.attributes);
      CHECK(std::ranges::equal(result[0].values<float>(),
                               together[0].values<float>().subspan(image * size, size)));
    }
  }
}

TEST_CASE("by F(2 × 2, 3 × 3), an infinity spoils those outputs alone that read it") {
  const Case c = make_case({1, 9, 10, 16}, {3, 3, 16, 16}, kSame);
  Random random(4);
  for (const std::size_t column : {3, 4, 9}) {
    TestArray x = random_array<float>(random, c.x);
    const TestArray kernel = random_array<float>(random, c.kernel);
    x.values<float>()[(5 * 10 + column) * 16 + 7] = std::numeric_limits<float>::infinity();
    const auto y = run_kernel(kernels::convolution, {&x, &kernel}, {{c.y, float32}}, c.attributes);
    for (std::size_t i = 0; i < 90; ++i) {
      const std::size_t line = i / 10, pixel = i % 10;
      const bool reads = line + 1 >= 5 && line <= 6 && pixel + 1 >= column && pixel <= column + 1;
      const auto outputs = y[0].values<float>().subspan(i * 16, 16);
      CHECK(std::ranges::all_of(outputs, [&](float v) { return std::isfinite(v) != reads; }));
    }
  }
}

}  // namespace linseed::test
