// How convolutions are compared with the cases of a golden file.
#pragma once

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/tests/support/golden_file.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {

/// f(x, kernel) and both derivatives, in float64 and float32. `make(golden, dtype)` gives f.
///
/// Inputs are multiples of 2⁻²³ below 1, so their products, and sums of up to 64, are exact in
/// float64, in whatever order. In float32 each of some 50 additions rounds.
template <class Make>
void check_convolution(const GoldenCase& golden, const Make& make) {
  INFO(golden.name);
  for (const auto& [dtype, tolerance] : {std::pair(float64, 0.0), std::pair(float32, 1e-6)}) {
    const std::pair at(astype(uneven(golden.shape("x"), 1), dtype),
                       astype(uneven(golden["kernel_gradient"].shape(), 2), dtype));
    const auto f = make(golden, dtype);
    const auto [y, pullback] =
        vjp([&f](const std::pair<Tensor, Tensor>& a) { return f(a.first, a.second); }, at);
    REQUIRE(y.shape() == golden["y"].shape());
    const auto [dx, dkernel] = pullback(astype(uneven(y.shape(), 3), dtype));
    CHECK(golden_deviation(y, golden["y"]) <= tolerance);
    CHECK(golden_deviation(dx, golden["x_gradient"]) <= tolerance);
    CHECK(golden_deviation(dkernel, golden["kernel_gradient"]) <= tolerance);
  }
}

}  // namespace linseed::test
