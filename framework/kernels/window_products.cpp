// Written once, compiled for each instruction set, chosen at run time (Google Highway).
//
// Lanes are channels. A product of its own would take two loads, of input and weights. Here four
// positions, of two vectors each, stay in registers over the terms and share the weights: 5/4 loads
// a product. For the gradient of the weights those of up to six places stay in registers over a few
// positions, and share the cotangents: 7/6 loads a product, and two more for each accumulator. So
// many positions of three rows, and no more, stay in the first-level cache from one tile of
// channels to the next, whose distance in memory may be a power of two.
#include <linseed/framework/kernels/window_products.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <linseed/framework/kernels/instruction_set.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/window_products.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/vector_tiles_inl.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

constexpr std::int64_t kPositionsTogether = 4;  // of a convolution
constexpr int kTermsTogether = 6;               // of the gradient of its weights ...
constexpr std::int64_t kFewPositions = 8;       // ... over as many positions, or more of them ...
constexpr std::int64_t kFewBytes = 4096;        // ... in so many bytes

/// Of `count` positions.
template <class T, int count>
struct WeighLoop {
  const WindowLines& all;
  std::span<const WindowTerm> terms;
  const T* input;
  const T* weights;
  T* output;

  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t channel) const {
    const std::size_t lanes = hn::Lanes(d);
    hn::Vec<D> sums[count][vectors];
#pragma GCC unroll 4
    for (int i = 0; i < count; ++i) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sums[i][v] = hn::Zero(d);
    }
    for (const WindowTerm& term : terms) {
      const T* from = input + term.offset + channel;
      const T* weight = weights + term.place * all.channels + channel;
      hn::Vec<D> factors[vectors];
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) factors[v] = hn::LoadU(d, weight + v * lanes);
#pragma GCC unroll 4
      for (int i = 0; i < count; ++i) {
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) {
          const auto value = hn::LoadU(d, from + i * all.input_step + v * lanes);
          sums[i][v] = hn::Add(sums[i][v], hn::Mul(value, factors[v]));
        }
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < count; ++i) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) {
        hn::StoreU(sums[i][v], d, output + i * all.output_step + channel + v * lanes);
      }
    }
  }
};

/// Of `count` terms.
template <class T, int count>
struct ProductsLoop {
  const WindowLines& all;
  const WindowTerm* terms;
  std::int64_t positions;
  const T* input;
  const T* output;
  T* sums;

  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t channel) const {
    const std::size_t lanes = hn::Lanes(d);
    const T* from[count];
    T* to[count];
    hn::Vec<D> state[count][vectors];
#pragma GCC unroll 6
    for (int t = 0; t < count; ++t) {
      from[t] = input + terms[t].offset + channel;
      to[t] = sums + terms[t].place * all.channels + channel;
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) state[t][v] = hn::LoadU(d, to[t] + v * lanes);
    }
    const T* cotangent = output + channel;
    for (std::int64_t p = 0; p < positions; ++p, cotangent += all.output_step) {
      hn::Vec<D> factors[vectors];
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) factors[v] = hn::LoadU(d, cotangent + v * lanes);
#pragma GCC unroll 6
      for (int t = 0; t < count; ++t) {
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) {
          const auto value = hn::LoadU(d, from[t] + p * all.input_step + v * lanes);
          state[t][v] = hn::Add(state[t][v], hn::Mul(value, factors[v]));
        }
      }
    }
#pragma GCC unroll 6
    for (int t = 0; t < count; ++t) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) hn::StoreU(state[t][v], d, to[t] + v * lanes);
    }
  }
};

template <class T>
void weigh(const WindowLines& all, const WindowLine& line, const T* input, const T* weights,
           T* output) {
  const auto terms = all.terms_of(line);
  input += line.input;
  output += line.output;
  std::int64_t p = 0;
  for (; p + kPositionsTogether <= line.count; p += kPositionsTogether) {
    for_each_tile<2, T>(WeighLoop<T, kPositionsTogether>{all, terms, input + p * all.input_step,
                                                         weights, output + p * all.output_step},
                        all.channels);
  }
  for (; p < line.count; ++p) {
    for_each_tile<2, T>(WeighLoop<T, 1>{all, terms, input + p * all.input_step, weights,
                                        output + p * all.output_step},
                        all.channels);
  }
}

template <class T, int count>
void add_products_of(const WindowLines& all, const WindowTerm* terms, std::int64_t positions,
                     const T* input, const T* output, T* sums) {
  for_each_tile<2, T>(ProductsLoop<T, count>{all, terms, positions, input, output, sums},
                      all.channels);
}

template <class T, std::size_t... counts>
constexpr auto product_loops(std::index_sequence<counts...>) {
  return std::array{add_products_of<T, static_cast<int>(counts) + 1>...};
}

/// The terms in groups of equal size, as far as possible.
template <class T>
void add_products(const WindowLines& all, const WindowLine& line, const T* input, const T* output,
                  T* sums) {
  constexpr auto kLoops = product_loops<T>(std::make_index_sequence<kTermsTogether>());
  const auto terms = all.terms_of(line);
  const std::size_t groups = (terms.size() + kTermsTogether - 1) / kTermsTogether;
  const auto bytes = all.channels * static_cast<std::int64_t>(sizeof(T));
  const std::int64_t few = std::max(kFewPositions, kFewBytes / std::max<std::int64_t>(bytes, 1));
  for (std::int64_t p = 0; p < line.count; p += few) {
    const std::int64_t positions = std::min(few, line.count - p);
    for (std::size_t group = 0, first = 0; group < groups; ++group) {
      const std::size_t last = (group + 1) * terms.size() / groups;
      kLoops[last - first - 1](all, &terms[first], positions,
                               input + line.input + p * all.input_step,
                               output + line.output + p * all.output_step, sums);
      first = last;
    }
  }
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace linseed::kernels {

template <class T>
void weigh_line(const WindowLines& all, const WindowLine& line, const T* input, const T* weights,
                T* output) {
  static constexpr Versions<decltype(&weigh_line<T>)> kVersions{
      HWY_CHOOSE_FALLBACK(weigh<T>), HWY_CHOOSE_SSE4(weigh<T>), HWY_CHOOSE_AVX2(weigh<T>),
      HWY_CHOOSE_AVX3(weigh<T>)};
  kVersions.in_use()(all, line, input, weights, output);
}

template <class T>
void add_products_of_line(const WindowLines& all, const WindowLine& line, const T* input,
                          const T* output, T* sums) {
  static constexpr Versions<decltype(&add_products_of_line<T>)> kVersions{
      HWY_CHOOSE_FALLBACK(add_products<T>), HWY_CHOOSE_SSE4(add_products<T>),
      HWY_CHOOSE_AVX2(add_products<T>), HWY_CHOOSE_AVX3(add_products<T>)};
  kVersions.in_use()(all, line, input, output, sums);
}

template void weigh_line(const WindowLines&, const WindowLine&, const float*, const float*, float*);
template void add_products_of_line(const WindowLines&, const WindowLine&, const float*,
                                   const float*, float*);
template void weigh_line(const WindowLines&, const WindowLine&, const double*, const double*,
                         double*);
template void add_products_of_line(const WindowLines&, const WindowLine&, const double*,
                                   const double*, double*);

}  // namespace linseed::kernels
#endif
