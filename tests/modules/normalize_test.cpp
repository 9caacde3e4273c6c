#include <catch2/catch.hpp>

#include <cmath>

#include <linseed/framework/ops/create.h>
#include <linseed/modules/normalize.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

TEST_CASE("normalize gives mean 0 and variance 1 over the axis") {
  const Tensor x = Tensor::from({1.f, 3.f, 2.f, 6.f}, {2, 2});
  CHECK(values(nn::normalize(x, -1, {}, {}, 0)) == std::vector<double>{-1, 1, -1, 1});
  CHECK(values(nn::normalize(x, 0, {}, {}, 0)) == std::vector<double>{-1, -1, 1, 1});
  CHECK(values(nn::normalize(vector({5, 7}), -1, {}, {}, 3)) == std::vector<double>{-0.5, 0.5});
  CHECK(values(nn::normalize(vector({5, 7})))[1] == Approx(1 / std::sqrt(1 + 1e-5)));
}

TEST_CASE("normalize takes a mean or a variance that are known") {
  const Tensor x = vector({1, 3});
  CHECK(values(nn::normalize(x, -1, vector({1}), vector({4}), 0)) == std::vector<double>{0, 1});
  CHECK(values(nn::normalize(x, -1, vector({1}), {}, 0)) == std::vector<double>{0, 2});
  CHECK(values(nn::normalize(x, -1, {}, vector({4}), 0)) == std::vector<double>{-0.5, 0.5});
}

TEST_CASE("the derivatives of normalize agree with differences") {
  const auto f = [](const std::vector<Tensor>& in) { return nn::normalize(in[0], {0, 2}); };
  CHECK(first_derivative_error(f, {uneven_weights({2, 2, 3})}).passes());
  const auto with = [](const std::vector<Tensor>& in) {
    return nn::normalize(in[0], -1, in[1], square(in[2]));
  };
  CHECK(first_derivative_error(
            with, {uneven_weights({2, 3}), uneven_weights({2, 1}, 2), uneven_weights({3}, 3)})
            .passes());
}

TEST_CASE("normalize wants a floating tensor") {
  CHECK(fails<InvalidArgument>([] { nn::normalize(zeros({3}, int32)); }, {"[3] int32"}) == "");
}
