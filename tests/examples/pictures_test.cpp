// Pictures made fit for a network.
#include <support/fashion_cnn.h>
#include <support/pictures.h>

#include <catch2/catch.hpp>

namespace example {
namespace {

using linseed::Tensor;

std::vector<float> values(const Tensor& x) {
  const auto data = x.data<float>();
  return {data.begin(), data.end()};
}

}  // namespace

TEST_CASE("a pixel becomes the mean over the area it covers") {
  // 3 × 3 to 2 × 2: each covers one pixel, halves of two and a quarter of the middle, of 9/4.
  const Tensor x = Tensor::from({9.f, 0.f, 0.f, 0.f, 18.f, 0.f, 0.f, 0.f, 0.f}, {3, 3, 1});
  const auto small = values(average_areas(x, 2));
  const std::vector<float> expected{6.f, 2.f, 2.f, 2.f};
  for (std::size_t i = 0; i < 4; ++i) CHECK(small[i] == Approx(expected[i]));  // shares are thirds

  const Tensor wide = Tensor::from({1.f, 3.f, 5.f, 7.f}, {1, 4, 1});
  CHECK(values(average_areas(wide, 2)) == std::vector<float>{2.f, 6.f, 2.f, 6.f});
  CHECK(values(average_areas(wide, 1)) == std::vector<float>{4.f});
}

TEST_CASE("a picture of the right size keeps its pixels to the bit") {
  const std::vector<float> pixels{0.1f, 0.2f, 0.3f, 0.7f};
  const Picture picture{"p", Tensor::from(pixels, {2, 2, 1})};
  CHECK(values(to_grey(picture, 2, false)) == pixels);
}

TEST_CASE("colours become their brightness, what is not opaque fades to black") {
  const Picture colours{"p", Tensor::from({1.f, 0.f, 0.f, 0.f, 1.f, 0.f}, {1, 2, 3})};
  CHECK(values(to_grey(colours, 1, false))[0] == Approx((0.299 + 0.587) / 2));
  CHECK(values(to_grey(colours, 1, true))[0] == Approx((0.701 + 0.413) / 2));
  const Picture faded{"p", Tensor::from({0.5f, 0.5f, 0.f, 0.f}, {1, 2, 2})};
  CHECK(values(to_grey(faded, 1, false))[0] == Approx(0.125));
  CHECK(values(to_grey(faded, 1, true))[0] ==
        Approx(0.125));  // the second is no white: it is not there
}

TEST_CASE("the classes are those of the data set") {
  CHECK(linseed::data::fashion_mnist().classes == kClasses);
}

}  // namespace example
