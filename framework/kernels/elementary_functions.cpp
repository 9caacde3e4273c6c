// Elementary functions: of float32 by vectors, compiled for each instruction set and chosen at run
// time; of float64 by the C library, since derivatives are checked with them.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/kernels/elementwise_loops.h>
#include <linseed/framework/kernels/instruction_set.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/elementary_functions.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/float_functions.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

/// out[i] = f(in[i]). The last elements, fewer than a vector, are computed in one.
template <Function f>
void vector_loop(std::int64_t count, void* output, const Operands& operands) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const float* x = static_cast<const float*>(operands[0]);
  float* y = static_cast<float*>(output);
  for (; count >= lanes; count -= lanes, x += lanes, y += lanes) {
    hn::StoreU(value<f>(hn::LoadU(d, x)), d, y);
  }
  if (count == 0) return;
  HWY_ALIGN float part[hn::MaxLanes(d)] = {};
  std::copy_n(x, count, part);
  hn::Store(value<f>(hn::Load(d, part)), d, part);
  std::copy_n(part, count, y);
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace linseed::kernels {
namespace {

template <Function f>
constexpr Versions<Loop> kLoop{HWY_CHOOSE_FALLBACK(vector_loop<f>), HWY_CHOOSE_SSE4(vector_loop<f>),
                               HWY_CHOOSE_AVX2(vector_loop<f>), HWY_CHOOSE_AVX3(vector_loop<f>)};

// Nanoseconds per element, as the cost model of parallel_for wants them: measured with AVX2 at
// 2.4 GHz, 0.5 for cos to 1.4 for erf, and 6 for exp to 15 for tanh.
constexpr double kCost = 0.8;
constexpr double kLibraryCost = 10;

/// f of float32, `library` of float64.
template <Function f, class Library>
ElementwiseLoop function(const LoopTypes& types, Library, double library_cost = kLibraryCost) {
  return visit_floating(types.result, [&](auto zero) {
    if constexpr (std::is_same_v<decltype(zero), float>) {
      return ElementwiseLoop{kLoop<f>.in_use(), kCost};
    } else {
      return ElementwiseLoop{loop<Library, double, double>, library_cost};
    }
  });
}

}  // namespace

ElementwiseLoop exponential(const LoopTypes& types) {
  return function<Function::exp>(types, [](double x) { return std::exp(x); });
}
ElementwiseLoop exponential_minus_one(const LoopTypes& types) {
  return function<Function::expm1>(types, [](double x) { return std::expm1(x); });
}
ElementwiseLoop logarithm(const LoopTypes& types) {
  return function<Function::log>(types, [](double x) { return std::log(x); });
}
ElementwiseLoop logarithm_of_one_plus(const LoopTypes& types) {
  return function<Function::log1p>(types, [](double x) { return std::log1p(x); });
}
ElementwiseLoop hyperbolic_tangent(const LoopTypes& types) {
  return function<Function::tanh>(types, [](double x) { return std::tanh(x); });
}
ElementwiseLoop sine(const LoopTypes& types) {
  return function<Function::sin>(types, [](double x) { return std::sin(x); });
}
ElementwiseLoop cosine(const LoopTypes& types) {
  return function<Function::cos>(types, [](double x) { return std::cos(x); });
}
ElementwiseLoop error_function(const LoopTypes& types) {
  return function<Function::erf>(types, [](double x) { return std::erf(x); });
}
ElementwiseLoop inverse_error_function(const LoopTypes& types) {
  return function<Function::erf_inv>(
      types, [](double x) { return inverse_error_function(x); }, 150);
}

}  // namespace linseed::kernels
#endif
