#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/resize.h>
#include <linseed/tests/golden/enlarging.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/gradient_check.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

constexpr auto kNearest = nn::Interpolation::nearest;
constexpr auto kLinear = nn::Interpolation::linear;

/// y and the gradient of Σ w y against JAX, in float64.
template <std::size_t n, std::size_t x>
void check(const Shape& x_shape, const Shape& size, nn::Interpolation method, const double (&y)[n],
           const double (&dx)[x]) {
  const auto loss_of = [&](const Tensor& at) {
    const Tensor out = nn::resize(at, size, method);
    return std::pair(sum(out * uneven(out.shape(), 3)), out);
  };
  const auto [loss, out, gradient] =
      value_and_grad(loss_of, has_aux)(astype(uneven(x_shape, 1), float64));
  CHECK(deviation(out, y) < 1e-14);
  CHECK(deviation(gradient, dx) < 1e-14);
}

Tensor line(std::initializer_list<float> numbers) {
  return Tensor::from(numbers, {1, static_cast<std::int64_t>(numbers.size()), 1});
}

}  // namespace

TEST_CASE("interpolation and its derivative equal those of JAX") {
  using namespace golden;
  check({2, 3, 2}, {7}, kLinear, kResizedLine, kResizedLineGradient);
  check({1, 2, 3, 2}, {5, 6}, kLinear, kResizedImage, kResizedImageGradient);
  check({1, 2, 1, 2, 1}, {3, 2, 2}, kLinear, kResizedVolume, kResizedVolumeGradient);
  check({1, 3, 4, 1}, {7, 4}, kNearest, kResizedNearestImage, kResizedNearestImageGradient);
  check({1, 5, 7, 1}, {2, 3}, kNearest, kResizedNearestSmaller, kResizedNearestSmallerGradient);
}

TEST_CASE("upsampling repeats pixels, or joins their centres by lines") {
  const Tensor x = line({0, 4, 2});
  CHECK(values(nn::upsample(x, {2})) == std::vector<double>{0, 0, 4, 4, 2, 2});
  CHECK(values(nn::upsample(x, {2}, kLinear)) == std::vector<double>{0, 1, 3, 3.5, 2.5, 2});
  CHECK(values(nn::upsample(x, {1}, kLinear)) == std::vector<double>{0, 4, 2});
  CHECK(nn::upsample(zeros({2, 3, 4, 5}), {2, 3}).shape() == Shape{2, 6, 12, 5});
  CHECK(values(nn::resize(x, {1}, kNearest)) == std::vector<double>{4});
}

TEST_CASE("interpolation keeps the dtype; pixels of integers can be repeated") {
  CHECK(nn::upsample(zeros({1, 2, 1}, uint8), {2}).dtype() == uint8);
  for (const DType dtype : {bfloat16, float16, float32, float64}) {
    CHECK(nn::upsample(zeros({1, 2, 1}, dtype), {3}, kLinear).dtype() == dtype);
  }
}

TEST_CASE("the derivatives of interpolation agree with differences") {
  for (const auto method : {kNearest, kLinear}) {
    const auto f = [&](const std::vector<Tensor>& x) {
      return square(nn::upsample(x[0], {2, 3}, method));
    };
    CHECK(first_derivative_error(f, {uneven_weights({2, 3, 2, 2})}).passes());
    CHECK(second_derivative_error(f, {uneven_weights({1, 2, 2, 1})}).passes());
  }
}

TEST_CASE("interpolation refuses what it cannot see") {
  CHECK(fails<InvalidArgument>(
            [] {
              nn::resize(line({1, 2, 3}), {2}, kLinear);
            },
            {"resize", "3", "smaller, 2", "avg_pool"}) == "");
  CHECK(fails<InvalidArgument>(
            [] {
              nn::resize(zeros({1, 2, 1}, int32), {4}, kLinear);
            },
            {"floating", "int32"}) == "");
  CHECK(fails<InvalidArgument>(
            [] {
              nn::resize(zeros({1, 2, 1}), {4, 4}, kNearest);
            },
            {"[n,spatial…,c]", "sizes [4,4]"}) == "");
  CHECK(fails<InvalidArgument>(
            [] {
              nn::upsample(zeros({2, 1}), {});
            },
            {"upsample", "[2,1]"}) == "");
  CHECK(fails<InvalidArgument>(
            [] {
              nn::upsample(zeros({1, 2, 1}), {0});
            },
            {"upsample: factors [0]"}) == "");
  CHECK(fails<InvalidArgument>(
            [] {
              nn::resize(zeros({1, 0, 1}), {2}, kNearest);
            },
            {"no pixels"}) == "");
}
