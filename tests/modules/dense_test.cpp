#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/modules/dense.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/module_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

const Tree kParams{{"kernel", Tensor::from({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {2, 3})},
                   {"bias", vector({10, 20, 30})}};

}  // namespace

TEST_CASE("dense multiplies the last axis and adds the bias") {
  const nn::Dense dense{.features = 3};
  const Tensor row = vector({1, -1});
  CHECK(values(dense.call(kParams, row)) == std::vector<double>{7, 17, 27});
  CHECK(dense.call(kParams, zeros({4, 5, 2})).shape() == Shape{4, 5, 3});
  CHECK(dense.call(kParams, zeros({0, 2})).shape() == Shape{0, 3});
}

TEST_CASE("dense without a bias has no parameter for it") {
  const nn::Dense dense{.features = 3, .bias = false};
  CHECK(values(dense.call(kParams, vector({1, -1}))) == std::vector<double>{-3, -3, -3});
  const Tree params = dense.init(random::key(0), zeros({1, 2})).params;
  CHECK(params.size() == 1);
  CHECK(params["kernel"].tensor().shape() == Shape{2, 3});
}

TEST_CASE("dense computes in its dtype, and keeps parameters in float32") {
  const nn::Dense dense{.features = 3, .dtype = float64};
  const auto [y, params] = dense.init(random::key(0), ones({1, 2}, int32));
  CHECK(y.dtype() == float64);
  CHECK(params["kernel"].tensor().dtype() == float32);
  CHECK(nn::Dense{.features = 3}.call(kParams, ones({2}, float64)).dtype() == float32);
}

TEST_CASE("dense takes its initialisers") {
  const nn::Dense dense{.features = 2,
                        .kernel_init = nn::initializers::ones(),
                        .bias_init = nn::initializers::ones()};
  CHECK(values(dense.init(random::key(0), vector({1, 2})).output) == std::vector<double>{4, 4});
}

TEST_CASE("the derivatives of dense agree with differences") {
  const nn::Dense dense{.features = 3, .dtype = float64};
  CHECK(derivative_error(dense, uneven_weights({4, 2})).passes());
  CHECK(derivative_error(dense, uneven_weights({2})).passes());
  CHECK(derivative_error(dense, uneven_weights({2, 3, 2})).passes());
}

TEST_CASE("dense refuses a scalar, fewer than one feature, and another input size") {
  const nn::Dense dense{.features = 3};
  CHECK(fails<InvalidArgument>([&] { dense.init(random::key(0), Tensor(1.f)); },
                               {"dense", "dimension", "; in /"}) == "");
  for (const int features : {0, -1}) {
    CHECK(fails<InvalidArgument>(
              [&] { nn::Dense{.features = features}.init(random::key(0), ones({2})); },
              {fmt::format("dense: features {} must be at least 1", features)}) == "");
  }
  CHECK(breaks(ModuleRule::E12, [&] { dense.call(kParams, zeros({5})); },
               {"\"kernel\"", "[2,3]", "[5,3]"}) == "");
}
