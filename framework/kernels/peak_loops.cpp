// Written once, compiled for each instruction set, chosen at run time (Google Highway).
#include <linseed/framework/kernels/peak_loops.h>

#include <linseed/framework/kernels/instruction_set.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/peak_loops.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

// Twelve chains: more than latency × throughput of any core (4 cycles × 2), and few enough for the
// 16 registers of AVX2.
double multiply_add(std::size_t rounds) {
  const D d;
  const V a = hn::Set(d, 0.999f);
  const V b = hn::Set(d, 1e-3f);
  V c0 = hn::Iota(d, 0.f), c1 = hn::Iota(d, 1.f), c2 = hn::Iota(d, 2.f), c3 = hn::Iota(d, 3.f);
  V c4 = hn::Iota(d, 4.f), c5 = hn::Iota(d, 5.f), c6 = hn::Iota(d, 6.f), c7 = hn::Iota(d, 7.f);
  V c8 = hn::Iota(d, 8.f), c9 = hn::Iota(d, 9.f), c10 = hn::Iota(d, 10.f), c11 = hn::Iota(d, 11.f);
  for (std::size_t i = 0; i < rounds; ++i) {
    c0 = hn::MulAdd(c0, a, b), c1 = hn::MulAdd(c1, a, b), c2 = hn::MulAdd(c2, a, b);
    c3 = hn::MulAdd(c3, a, b), c4 = hn::MulAdd(c4, a, b), c5 = hn::MulAdd(c5, a, b);
    c6 = hn::MulAdd(c6, a, b), c7 = hn::MulAdd(c7, a, b), c8 = hn::MulAdd(c8, a, b);
    c9 = hn::MulAdd(c9, a, b), c10 = hn::MulAdd(c10, a, b), c11 = hn::MulAdd(c11, a, b);
  }
  const V low = hn::Add(hn::Add(hn::Add(c0, c1), hn::Add(c2, c3)), hn::Add(c4, c5));
  const V high = hn::Add(hn::Add(hn::Add(c6, c7), hn::Add(c8, c9)), hn::Add(c10, c11));
  volatile float keep = hn::GetLane(hn::Add(low, high));
  static_cast<void>(keep);
  return 2.0 * 12 * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

void scale(const float* x, float* y, std::size_t n) {
  const D d;
  const V a = hn::Set(d, 0.999f);
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    hn::StoreU(hn::Mul(a, hn::LoadU(d, x + i)), d, y + i);
  }
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace linseed::kernels {
namespace {

constexpr Versions<double (*)(std::size_t)> kMultiplyAdd{
    HWY_CHOOSE_FALLBACK(multiply_add), HWY_CHOOSE_SSE4(multiply_add), HWY_CHOOSE_AVX2(multiply_add),
    HWY_CHOOSE_AVX3(multiply_add)};
constexpr Versions<void (*)(const float*, float*, std::size_t)> kScale{
    HWY_CHOOSE_FALLBACK(scale), HWY_CHOOSE_SSE4(scale), HWY_CHOOSE_AVX2(scale),
    HWY_CHOOSE_AVX3(scale)};

}  // namespace

double multiply_add_loop(std::size_t rounds) { return kMultiplyAdd.in_use()(rounds); }
void scale_loop(const float* x, float* y, std::size_t n) { kScale.in_use()(x, y, n); }

}  // namespace linseed::kernels
#endif
