#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/modules/pooling.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

/// 0 … 8 as an image [1,3,3,1].
Tensor image() { return reshape(arange(9, float32), {1, 3, 3, 1}); }

}  // namespace

TEST_CASE("pooling strides by 1 unless told otherwise") {
  CHECK(values(nn::max_pool(image(), {2, 2})) == std::vector<double>{4, 5, 7, 8});
  CHECK(values(nn::avg_pool(image(), {2, 2})) == std::vector<double>{2, 3, 5, 6});
  CHECK(values(nn::sum_pool(image(), {2, 2})) == std::vector<double>{8, 12, 20, 24});
  CHECK(values(nn::max_pool(image(), {2, 2}, {2, 2})) == std::vector<double>{4});
  CHECK(values(nn::avg_pool(image(), {1, 3}, {2, 1})) == std::vector<double>{1, 7});
  CHECK(nn::max_pool(image(), {5, 4}).shape() == Shape{1, 0, 0, 1});  // no window fits
}

TEST_CASE("padding counts in an average and never wins a maximum") {
  CHECK(values(nn::avg_pool(image(), {2, 2}, {2, 2}, "SAME")) ==
        std::vector<double>{2, 1.75, 3.25, 2});
  CHECK(values(nn::max_pool(image() - 10, {2, 2}, {2, 2}, "SAME")) ==
        std::vector<double>{-6, -5, -3, -2});
  const Tensor y = nn::max_pool(image() - 10, {2, 2}, {}, {{1, 0}, {0, 1}});
  CHECK(y.shape() == Shape{1, 3, 3, 1});
  CHECK(values(y)[0] == -9);
}

TEST_CASE("the derivatives of pooling agree with differences") {
  for (const bool largest : {true, false}) {
    for (const Shape& strides : {Shape{}, Shape{2, 3}, Shape{3, 1}}) {
      const auto pool = [&](const std::vector<Tensor>& x) {
        return largest ? nn::max_pool(x[0], {2, 3}, strides, "SAME")
                       : nn::avg_pool(x[0], {2, 3}, strides, "SAME");
      };
      CHECK(first_derivative_error(pool, {uneven_weights({2, 5, 6, 2})}).passes());
    }
  }
}

TEST_CASE("pooling works over lines and volumes") {
  const Tensor line = reshape(arange(4, float32), {1, 4, 1});
  CHECK(values(nn::max_pool(line, {2}, {2})) == std::vector<double>{1, 3});
  CHECK(values(nn::min_pool(line, {2}, {2})) == std::vector<double>{0, 2});
  CHECK(values(nn::avg_pool(line, {3})) == std::vector<double>{1, 2});
  const Tensor volume = reshape(arange(8, float32), {1, 2, 2, 2, 1});
  CHECK(values(nn::avg_pool(volume, {2, 1, 2})) == std::vector<double>{2.5, 4.5});
}

TEST_CASE("global pooling takes the mean or the maximum of each channel's pixels") {
  const Tensor x = Tensor::from({1.f, 8.f, 2.f, 6.f, 3.f, -1.f, 6.f, -1.f}, {1, 2, 2, 2});
  CHECK(values(nn::global_avg_pool(x)) == std::vector<double>{3, 3});
  CHECK(values(nn::global_max_pool(x)) == std::vector<double>{6, 8});
  CHECK(nn::global_avg_pool(x).shape() == Shape{1, 2});
  CHECK(nn::global_max_pool(x, keepdims).shape() == Shape{1, 1, 1, 2});
  CHECK(nn::global_avg_pool(zeros({3, 4, 5, 6, 2}), keepdims).shape() == Shape{3, 1, 1, 1, 2});
  CHECK(nn::global_max_pool(zeros({3, 4, 2}, bfloat16)).dtype() == bfloat16);
  for (const bool largest : {true, false}) {
    const auto f = [&](const std::vector<Tensor>& in) {
      return largest ? nn::global_max_pool(in[0]) : nn::global_avg_pool(in[0]);
    };
    CHECK(first_derivative_error(f, {uneven_weights({2, 3, 2, 2})}).passes());
  }
}

TEST_CASE("global pooling wants pixels") {
  CHECK(fails<InvalidArgument>(
            [] {
              nn::global_avg_pool(zeros({3, 2}));
            },
            {"global_avg_pool", "[n,spatial…,c]", "[3,2]"}) == "");
  CHECK(fails<InvalidArgument>([] { nn::global_max_pool(zeros({2})); },
                               {"global_max_pool", "[2]"}) == "");
  CHECK(fails<InvalidArgument>([] { nn::global_max_pool(zeros({3, 0, 2})); }, {"max"}) == "");
}
