// Comparison with golden values.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include <catch2/catch.hpp>

#include <linseed/tests/support/values.h>

namespace linseed::test {

/// Checks all elements against `expected`, each to `tolerance` relative to max(1, |expected|).
/// 0 asks for equal numbers.
template <class T, std::size_t n>
void check_golden(const Tensor& tensor, const T (&expected)[n], double tolerance) {
  const std::vector<double> given = values(tensor);
  REQUIRE(given.size() == n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto written = static_cast<double>(expected[i]);
    // Written in the digits that name a float32, if it was one.
    const double wanted = tensor.dtype() == float32 ? static_cast<float>(written) : written;
    INFO("element " << i << ": " << given[i] << " against " << wanted);
    CHECK(std::abs(given[i] - wanted) <= tolerance * std::max(1.0, std::abs(wanted)));
  }
}

/// The largest deviation from `golden`, in units of the largest golden value.
template <std::size_t n>
double deviation(const Tensor& tensor, const double (&golden)[n]) {
  const std::vector<double> own = values(tensor);
  REQUIRE(own.size() == n);
  double largest = 0;
  double worst = 0;
  for (std::size_t i = 0; i < n; ++i) {
    largest = std::max(largest, std::abs(golden[i]));
    worst = std::max(worst, std::abs(own[i] - golden[i]));
  }
  return worst / largest;
}

}  // namespace linseed::test
