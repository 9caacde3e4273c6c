// Elementary functions, element by element: the C library's.
#include <cmath>

#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/kernels/elementwise_loops.h>

namespace linseed::kernels {
namespace {

constexpr double kCost = 12;  // nanoseconds per element

template <class F>
void function(const KernelCall& call, F) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    broadcast_loop(call, kCost, loop<F, T, T>);
  });
}

}  // namespace

void exponential(const KernelCall& call) {
  function(call, [](auto x) { return std::exp(x); });
}
void exponential_minus_one(const KernelCall& call) {
  function(call, [](auto x) { return std::expm1(x); });
}
void logarithm(const KernelCall& call) {
  function(call, [](auto x) { return std::log(x); });
}
void logarithm_of_one_plus(const KernelCall& call) {
  function(call, [](auto x) { return std::log1p(x); });
}
void hyperbolic_tangent(const KernelCall& call) {
  function(call, [](auto x) { return std::tanh(x); });
}
void sine(const KernelCall& call) {
  function(call, [](auto x) { return std::sin(x); });
}
void cosine(const KernelCall& call) {
  function(call, [](auto x) { return std::cos(x); });
}
void error_function(const KernelCall& call) {
  function(call, [](auto x) { return std::erf(x); });
}

}  // namespace linseed::kernels
