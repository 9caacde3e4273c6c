// Written once, compiled for each instruction set, chosen at run time (Google Highway). As in
// window_folds.cpp, lanes are channels, and up to four vectors of sums stay in registers.
#include <linseed/framework/kernels/window_folds.h>

#include <cstddef>

#include <linseed/framework/kernels/instruction_set.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/window_sums.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/window_walk_inl.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
struct SumLoop {
  std::span<const WindowTerm> terms;
  const T* input;
  T* output;

  void advance(std::int64_t read, std::int64_t written) {
    input += read;
    output += written;
  }

  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t channel) const {
    const std::size_t lanes = hn::Lanes(d);
    hn::Vec<D> sums[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) sums[v] = hn::Zero(d);
    for (const WindowTerm& term : terms) {
      const T* from = input + term.offset + channel;
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) sums[v] = hn::Add(sums[v], hn::LoadU(d, from + v * lanes));
    }
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) hn::StoreU(sums[v], d, output + channel + v * lanes);
  }
};

template <class T>
void sum(const WindowLines& all, const WindowLine& line, const T* input, T* output) {
  for_each_gathered<T>({all, line},
                       SumLoop<T>{all.terms_of(line), input + line.input, output + line.output});
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace linseed::kernels {

template <class T>
void sum_line(const WindowLines& all, const WindowLine& line, const T* input, T* output) {
  static constexpr Versions<decltype(&sum_line<T>)> kVersions{
      HWY_CHOOSE_FALLBACK(sum<T>), HWY_CHOOSE_SSE4(sum<T>), HWY_CHOOSE_AVX2(sum<T>),
      HWY_CHOOSE_AVX3(sum<T>)};
  kVersions.in_use()(all, line, input, output);
}

template void sum_line(const WindowLines&, const WindowLine&, const float*, float*);
template void sum_line(const WindowLines&, const WindowLine&, const double*, double*);

}  // namespace linseed::kernels
#endif
