// Results of convolutions that are so large that they are stored past the caches.
#include <algorithm>
#include <cmath>

#include <catch2/catch.hpp>

#include <linseed/framework/kernels/caches.h>
#include <linseed/tests/framework/kernels/convolution_case.h>
#include <linseed/tests/support/array_runner.h>

namespace linseed::test {
namespace {

TEST_CASE("a large result, stored past the caches, has the bits of a small one") {
  Random random(10);
  const Window same = over_plane({1, 1}, {1, 1}, {1, 1});
  const std::int64_t images = kernels::streamed_bytes() / (32 * 32 * 32 * 4) + 1;
  const Case all = make_case({images, 32, 32, 3}, {3, 3, 3, 32}, same);
  const Case one = make_case({1, 32, 32, 3}, {3, 3, 3, 32}, same);
  const TestArray x = random_array<float>(random, all.x);
  const TestArray kernel = random_array<float>(random, all.kernel);
  const auto y =
      run_kernel(kernels::convolution, {&x, &kernel}, {{all.y, float32}}, all.attributes);
  REQUIRE(static_cast<std::int64_t>(y[0].bytes()) >= kernels::streamed_bytes());
  for (const std::size_t image : {std::size_t{0}, std::size_t{1}, images - std::size_t{1}}) {
    TestArray image_x({one.x, float32});
    const std::size_t size = image_x.values<float>().size();
    std::ranges::copy(x.values<float>().subspan(image * size, size),
                      image_x.values<float>().begin());
    const auto image_y =
        run_kernel(kernels::convolution, {&image_x, &kernel}, {{one.y, float32}}, one.attributes);
    const std::size_t count = image_y[0].values<float>().size();
    CHECK(std::ranges::equal(image_y[0].values<float>(),
                             y[0].values<float>().subspan(image * count, count)));
  }
}

TEST_CASE("a large input gradient, most of it zeros stored past the caches") {
  Random random(11);
  const Window strided = over_plane({2, 2}, {0, 0}, {0, 0});
  const std::int64_t images = kernels::streamed_bytes() / (32 * 32 * 16 * 4) + 1;
  const Case all = make_case({images, 32, 32, 16}, {1, 1, 16, 4}, strided);
  const TestArray dy = random_array<float>(random, all.y);
  const TestArray kernel = random_array<float>(random, all.kernel);
  const auto dx = run_kernel(kernels::convolution_input_gradient, {&dy, &kernel},
                             {{all.x, float32}}, all.attributes);
  REQUIRE(static_cast<std::int64_t>(dx[0].bytes()) >= kernels::streamed_bytes());
  const auto values = dx[0].values<float>();
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t channel = i % 16, column = i / 16 % 32, row = i / 512 % 32;
    float expected = 0;
    if (row % 2 == 0 && column % 2 == 0) {
      const std::size_t position = (i / 16384 * 16 + row / 2) * 16 + column / 2;
      for (std::size_t f = 0; f < 4; ++f) {
        expected += dy.values<float>()[position * 4 + f] * kernel.values<float>()[channel * 4 + f];
      }
    }
    // Four roundings of sums below 4, here and there.
    if (!(std::abs(values[i] - expected) <= 2e-6F)) ++wrong;
  }
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace linseed::test
