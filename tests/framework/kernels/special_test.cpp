// Rounding, element by element, and what does not reach the kernels of floating functions.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/elementwise.h>

#include "../../support/kernel_runner.h"

namespace linseed {
namespace {

using namespace linseed::test;  // NOLINT: the helpers of this file

template <Element T>
std::vector<T> unary_values(Kernel kernel, const std::vector<T>& x) {
  return run_one(kernel, {vector_of(x)}, {{static_cast<std::int64_t>(x.size())}, dtype_of<T>()})
      .template values<T>();
}

}  // namespace

TEMPLATE_TEST_CASE("rounding to whole numbers", "", float, double) {
  using T = TestType;
  const T infinity = std::numeric_limits<T>::infinity();
  const T large = T{1} / std::numeric_limits<T>::epsilon() + 1;  // has no fraction
  const std::vector<T> x{-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.25, -0.75, large, infinity, -infinity};
  CHECK(unary_values<T>(kernels::elementwise<kernels::floor>, x) ==
        std::vector<T>{-3, -2, -1, 0, 1, 2, 0, -1, large, infinity, -infinity});
  CHECK(unary_values<T>(kernels::elementwise<kernels::round>, x) ==
        std::vector<T>{-2, -2, 0, 0, 2, 2, 0, -1, large, infinity, -infinity});
  const T nan = std::numeric_limits<T>::quiet_NaN();
  CHECK(std::isnan(unary_values<T>(kernels::elementwise<kernels::floor>, {nan})[0]));
  CHECK(std::isnan(unary_values<T>(kernels::elementwise<kernels::round>, {nan})[0]));
  CHECK(std::signbit(unary_values<T>(kernels::elementwise<kernels::round>, {T(-0.25)})[0]));
}

TEST_CASE("integers do not reach the kernels of floating functions") {
  for (const Kernel kernel :
       {kernels::elementwise<kernels::floor>, kernels::elementwise<kernels::round>,
        kernels::elementwise<kernels::error_function>,
        kernels::elementwise<kernels::exponential_minus_one>,
        kernels::elementwise<kernels::logarithm_of_one_plus>}) {
    CHECK_THROWS_AS(unary_values<std::int32_t>(kernel, {1}), InternalError);
  }
}

}  // namespace linseed
