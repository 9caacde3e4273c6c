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

/// Of four neighbouring pixels.
struct PixelLoop {
  std::array<const float*, 4> pixels;
  float* to;
  std::int64_t stride;

  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t channel) const {
    const std::size_t lanes = hn::Lanes(d);
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      const std::int64_t c = channel + static_cast<std::int64_t>(v * lanes);
      const auto a = hn::LoadU(d, pixels[0] + c), b = hn::LoadU(d, pixels[1] + c);
      const auto e = hn::LoadU(d, pixels[2] + c), f = hn::LoadU(d, pixels[3] + c);
      hn::StoreU(hn::Sub(a, e), d, to + c);
      hn::StoreU(hn::Add(b, e), d, to + stride + c);
      hn::StoreU(hn::Sub(e, b), d, to + 2 * stride + c);
      hn::StoreU(hn::Sub(b, f), d, to + 3 * stride + c);
    }
  }
};

/// Of four sums of products, two neighbouring outputs.
struct SumLoop {
  const float* sums;
  std::int64_t stride;
  float* first;
  float* second;  // null behind the end of the line

  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t channel) const {
    const std::size_t lanes = hn::Lanes(d);
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      const std::int64_t c = channel + static_cast<std::int64_t>(v * lanes);
      const auto a = hn::LoadU(d, sums + c), b = hn::LoadU(d, sums + stride + c);
      const auto e = hn::LoadU(d, sums + 2 * stride + c), f = hn::LoadU(d, sums + 3 * stride + c);
      hn::StoreU(hn::Add(a, hn::Add(b, e)), d, first + c);
      if (second != nullptr) hn::StoreU(hn::Sub(hn::Sub(b, e), f), d, second + c);
    }
  }
};

/// Of two neighbouring cotangents.
struct CotangentLoop {
  const float* first;
  const float* second;
  float* to;
  std::int64_t stride;

  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t channel) const {
    const std::size_t lanes = hn::Lanes(d);
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      const std::int64_t c = channel + static_cast<std::int64_t>(v * lanes);
      const auto a = hn::LoadU(d, first + c), b = hn::LoadU(d, second + c);
      hn::StoreU(a, d, to + c);
      hn::StoreU(hn::Add(a, b), d, to + stride + c);
      hn::StoreU(hn::Sub(a, b), d, to + 2 * stride + c);
      hn::StoreU(hn::Neg(b), d, to + 3 * stride + c);
    }
  }
};

void factors_of_input(const WinogradLine& line, const float* from, const float* zeros, float* to,
                      std::int64_t stride) {
  for (std::int64_t t = 0; t < line.tiles; ++t) {
    PixelLoop loop{{}, to + t * line.channels, stride};
    for (std::size_t k = 0; k < loop.pixels.size(); ++k) {
      const std::int64_t pixel = line.begin + kWinogradTile * t + static_cast<std::int64_t>(k);
      const bool is_inside = pixel >= 0 && pixel < line.size;
      loop.pixels[k] = is_inside ? from + pixel * line.channels : zeros;
    }
    for_each_tile<2, float>(loop, line.channels);
  }
}

void factors_of_output(const WinogradLine& line, const float* from, const float* zeros, float* to,
                       std::int64_t stride) {
  for (std::int64_t t = 0; t < line.tiles; ++t) {
    const float* const first = from + kWinogradTile * t * line.channels;
    const bool is_pair = kWinogradTile * t + 1 < line.size;
    const CotangentLoop loop{first, is_pair ? first + line.channels : zeros, to + t * line.channels,
                             stride};
    for_each_tile<2, float>(loop, line.channels);
  }
}

void output_of_sums(const WinogradLine& line, const float* from, std::int64_t stride, float* to) {
  for (std::int64_t t = 0; t < line.tiles; ++t) {
    float* const first = to + kWinogradTile * t * line.channels;
    const bool is_pair = kWinogradTile * t + 1 < line.size;
    const SumLoop loop{from + t * line.channels, stride, first,
                       is_pair ? first + line.channels : nullptr};
    for_each_tile<2, float>(loop, line.channels);
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
