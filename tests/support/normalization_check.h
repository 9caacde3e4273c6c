// What every normalisation of single examples has to hold.
#pragma once

#include <cmath>

#include <linseed/check_gradients.h>
#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/module_check.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {

/// Golden values of make_normalization_formulas.py: y and the gradients of Σ w y.
template <std::size_t n, std::size_t p>
struct GoldenNorm {
  const double (&y)[n];
  const double (&x)[n];
  const double (&scale)[p];
  const double* bias = nullptr;  // p numbers, if there is a bias
};

/// `layer` on the inputs of that script, in float64 and in float32. Sums of up to 24 terms of size
/// 1 leave some 10 units of the last place.
template <class Layer, std::size_t n, std::size_t p>
void check_norm(Layer layer, const Shape& shape, const GoldenNorm<n, p>& golden) {
  for (const auto& [dtype, tolerance] : {std::pair(float64, 1e-14), std::pair(float32, 5e-6)}) {
    INFO(name(dtype));
    layer.dtype = dtype;
    Tree params = layer.init(random::key(0), zeros(shape)).params;
    params["scale"] = uneven(params["scale"].tensor().shape(), 2);
    if (golden.bias) params["bias"] = uneven(params["bias"].tensor().shape(), 3);
    REQUIRE(params.size() == (golden.bias ? 2 : 1));
    const Tree wide = dtype == float64 ? in_float64(params) : params;
    const Tensor x = astype(uneven(shape, 1), dtype);
    const auto loss_of = [&](const std::pair<Tensor, Tree>& at) {
      const Tensor y = layer.call(at.second, at.first);
      return std::pair(sum(y * uneven(shape, 4)), y);
    };
    const auto [loss, y, gradient] = value_and_grad(loss_of, has_aux)(std::pair(x, wide));
    const auto& [dx, dparams] = gradient;
    CHECK(y.dtype() == dtype);
    CHECK(deviation(y, golden.y) < tolerance);
    CHECK(deviation(dx, golden.x) < tolerance);
    CHECK(deviation(dparams["scale"], golden.scale) < tolerance);
    if (golden.bias) {
      double expected[p];
      std::copy_n(golden.bias, p, expected);
      CHECK(deviation(dparams["bias"], expected) < tolerance);
    }
  }
}

/// Far from 0 compared with its spread, E[x²] − E[x]² in float32 would have no correct digit. The
/// numbers themselves are rounded to 2⁻¹¹, half a percent of their spread.
template <class Layer>
void check_stable(const Layer& layer, const Shape& shape) {
  const Tensor x = random::normal(random::key(3), shape) * 0.1 + 1e4;
  Layer wide = layer;
  wide.dtype = float64;
  const auto exact = values(wide.init(random::key(0), x).output);
  const auto own = values(layer.init(random::key(0), x).output);
  double largest = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    largest = std::max(largest, std::abs(exact[i]));
    CHECK(std::abs(own[i] - exact[i]) < 0.01);
  }
  CHECK(largest > 1.5);  // there was a spread
}

/// The result has the layer's dtype, parameters are float32; halves are normalised in float32.
template <class Layer>
void check_dtypes(Layer layer, const Shape& shape) {
  const Tensor x = uneven(shape) * 3 + 100;
  for (const DType dtype : {bfloat16, float16, float32, float64}) {
    INFO(name(dtype));
    layer.dtype = dtype;
    const auto [y, params] = layer.init(random::key(0), x);
    CHECK(y.dtype() == dtype);
    for (const Tensor& parameter : tree::leaves(params)) CHECK(parameter.dtype() == float32);
    if (!is_half(dtype)) continue;
    layer.dtype = float32;
    CHECK(bits(y) == bits(astype(layer.init(random::key(0), x).output, dtype)));
  }
  layer.dtype = float32;
  CHECK(layer.init(random::key(0), astype(x, uint8)).output.dtype() == float32);
}

template <class Layer>
void check_bad_options(const Layer& layer, const Shape& shape, const char* who) {
  Layer negative = layer, integer = layer;
  negative.epsilon = -1;
  integer.dtype = int32;
  const auto run = [&](const Layer& bad) {
    return [&, x = zeros(shape)] { bad.init(random::key(0), x); };
  };
  CHECK(fails<InvalidArgument>(run(negative), {who, "epsilon -1"}) == "");
  CHECK(fails<InvalidArgument>(run(integer), {who, "dtype int32"}) == "");
}

}  // namespace linseed::test
