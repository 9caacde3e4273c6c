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
void function(const KernelCall& call, Library, double library_cost = kLibraryCost) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) {
    if constexpr (std::is_same_v<decltype(zero), float>) {
      broadcast_loop(call, kCost, kLoop<f>.in_use());
    } else {
      broadcast_loop(call, library_cost, loop<Library, double, double>);
    }
  });
}

}  // namespace

void exponential(const KernelCall& call) {
  function<Function::exp>(call, [](double x) { return std::exp(x); });
}
void exponential_minus_one(const KernelCall& call) {
  function<Function::expm1>(call, [](double x) { return std::expm1(x); });
}
void logarithm(const KernelCall& call) {
  function<Function::log>(call, [](double x) { return std::log(x); });
}
void logarithm_of_one_plus(const KernelCall& call) {
  function<Function::log1p>(call, [](double x) { return std::log1p(x); });
}
void hyperbolic_tangent(const KernelCall& call) {
  function<Function::tanh>(call, [](double x) { return std::tanh(x); });
}
void sine(const KernelCall& call) {
  function<Function::sin>(call, [](double x) { return std::sin(x); });
}
void cosine(const KernelCall& call) {
  function<Function::cos>(call, [](double x) { return std::cos(x); });
}
void error_function(const KernelCall& call) {
  function<Function::erf>(call, [](double x) { return std::erf(x); });
}
void inverse_error_function(const KernelCall& call) {
  function<Function::erf_inv>(
      call, [](double x) { return inverse_error_function(x); }, 150);
}

}  // namespace linseed::kernels
#endif
