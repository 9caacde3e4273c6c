// Written once, compiled for each instruction set, chosen at run time (Google Highway). Lanes are
// channels; no sum is fused with a product, so the bits are the same on all.
#include <linseed/framework/kernels/winograd_tiles.h>

#include <array>
#include <cstddef>

#include <linseed/framework/kernels/instruction_set.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/winograd_tiles.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/vector_tiles_inl.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

/// The channels of a tile: `Formula` makes the elements at `to` of those at `from`.
template <class Formula, std::size_t inputs, std::size_t outputs>
struct TileLoop {
  std::array<const float*, inputs> from;
  std::array<float*, outputs> to;

  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t channel) const {
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v, channel += lanes) {
      hn::Vec<D> in[inputs], out[outputs];
#pragma GCC unroll 4
      for (std::size_t i = 0; i < inputs; ++i) in[i] = hn::LoadU(d, from[i] + channel);
      Formula::apply(in, out);
#pragma GCC unroll 4
      for (std::size_t i = 0; i < outputs; ++i) hn::StoreU(out[i], d, to[i] + channel);
    }
  }
};

/// Bᵀ d.
struct OfPixels {
  template <class V>
  static HWY_INLINE void apply(const V (&d)[4], V (&factors)[4]) {
    factors[0] = hn::Sub(d[0], d[2]);
    factors[1] = hn::Add(d[1], d[2]);
    factors[2] = hn::Sub(d[2], d[1]);
    factors[3] = hn::Sub(d[1], d[3]);
  }
};

/// A y.
struct OfCotangents {
  template <class V>
  static HWY_INLINE void apply(const V (&y)[2], V (&factors)[4]) {
    factors[0] = y[0];
    factors[1] = hn::Add(y[0], y[1]);
    factors[2] = hn::Sub(y[0], y[1]);
    factors[3] = hn::Neg(y[1]);
  }
};

/// Aᵀ m; `outputs` may be the first alone, at the end of a line of odd size.
struct OfSums {
  template <class V, std::size_t outputs>
  static HWY_INLINE void apply(const V (&m)[4], V (&y)[outputs]) {
    y[0] = hn::Add(m[0], hn::Add(m[1], m[2]));
    if constexpr (outputs > 1) y[1] = hn::Sub(hn::Sub(m[1], m[2]), m[3]);
  }
};

/// The places of a tile's four factors, `stride` apart.
template <class T>
HWY_INLINE std::array<T*, 4> four(T* first, std::int64_t stride) {
  return {first, first + stride, first + 2 * stride, first + 3 * stride};
}

void factors_of_input(const WinogradLine& line, const float* from, const float* zeros, float* to,
                      std::int64_t stride) {
  for (std::int64_t t = 0; t < line.tiles; ++t) {
    TileLoop<OfPixels, 4, 4> loop{{}, four(to + t * line.channels, stride)};
    for (std::size_t k = 0; k < loop.from.size(); ++k) {
      const std::int64_t pixel = line.begin + kWinogradTile * t + static_cast<std::int64_t>(k);
      const bool is_inside = pixel >= 0 && pixel < line.size;
      loop.from[k] = is_inside ? from + pixel * line.channels : zeros;
    }
    for_each_tile<2, float>(loop, line.channels);
  }
}

void factors_of_output(const WinogradLine& line, const float* from, const float* zeros, float* to,
                       std::int64_t stride) {
  for (std::int64_t t = 0; t < line.tiles; ++t) {
    const float* const first = from + kWinogradTile * t * line.channels;
    const bool is_pair = kWinogradTile * t + 1 < line.size;
    const TileLoop<OfCotangents, 2, 4> loop{{first, is_pair ? first + line.channels : zeros},
                                            four(to + t * line.channels, stride)};
    for_each_tile<2, float>(loop, line.channels);
  }
}

void output_of_sums(const WinogradLine& line, const float* from, std::int64_t stride, float* to) {
  for (std::int64_t t = 0; t < line.tiles; ++t) {
    const auto sums = four(from + t * line.channels, stride);
    float* const first = to + kWinogradTile * t * line.channels;
    if (kWinogradTile * t + 1 < line.size) {
      const TileLoop<OfSums, 4, 2> loop{sums, {first, first + line.channels}};
      for_each_tile<2, float>(loop, line.channels);
    } else {
      for_each_tile<2, float>(TileLoop<OfSums, 4, 1>{sums, {first}}, line.channels);
    }
  }
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace linseed::kernels {

void winograd_factors_of_input(const WinogradLine& line, const float* from, const float* zeros,
                               float* to, std::int64_t stride) {
  static constexpr Versions<decltype(&winograd_factors_of_input)> kVersions{
      HWY_CHOOSE_FALLBACK(factors_of_input), HWY_CHOOSE_SSE4(factors_of_input),
      HWY_CHOOSE_AVX2(factors_of_input), HWY_CHOOSE_AVX3(factors_of_input)};
  kVersions.in_use()(line, from, zeros, to, stride);
}

void winograd_factors_of_output(const WinogradLine& line, const float* from, const float* zeros,
                                float* to, std::int64_t stride) {
  static constexpr Versions<decltype(&winograd_factors_of_output)> kVersions{
      HWY_CHOOSE_FALLBACK(factors_of_output), HWY_CHOOSE_SSE4(factors_of_output),
      HWY_CHOOSE_AVX2(factors_of_output), HWY_CHOOSE_AVX3(factors_of_output)};
  kVersions.in_use()(line, from, zeros, to, stride);
}

void winograd_output(const WinogradLine& line, const float* sums, std::int64_t stride, float* to) {
  static constexpr Versions<decltype(&winograd_output)> kVersions{
      HWY_CHOOSE_FALLBACK(output_of_sums), HWY_CHOOSE_SSE4(output_of_sums),
      HWY_CHOOSE_AVX2(output_of_sums), HWY_CHOOSE_AVX3(output_of_sums)};
  kVersions.in_use()(line, sums, stride, to);
}

}  // namespace linseed::kernels
#endif
