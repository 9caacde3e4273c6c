// Written once, compiled for each instruction set, chosen at run time (Google Highway). Lanes are
// channels, or columns of a kernel; no sum is fused with a product, so the bits are the same on
// all.
#include <linseed/framework/kernels/winograd_tiles.h>

#include <algorithm>
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

/// Aᵀ m.
struct ToPositions {
  template <class V>
  static HWY_INLINE void apply(const V (&m)[4], V (&y)[2]) {
    y[0] = hn::Add(m[0], hn::Add(m[1], m[2]));
    y[1] = hn::Sub(hn::Sub(m[1], m[2]), m[3]);
  }
};

/// G g.
struct OfTaps {
  template <class V>
  static HWY_INLINE void apply(const V (&g)[3], V (&factors)[4]) {
    const auto half = hn::Set(hn::DFromV<V>(), 0.5F);
    const V outer = hn::Add(g[0], g[2]);
    factors[0] = g[0];
    factors[1] = hn::Mul(half, hn::Add(outer, g[1]));
    factors[2] = hn::Mul(half, hn::Sub(outer, g[1]));
    factors[3] = g[2];
  }
};

/// Gᵀ m.
struct ToTaps {
  template <class V>
  static HWY_INLINE void apply(const V (&m)[4], V (&g)[3]) {
    const auto half = hn::Set(hn::DFromV<V>(), 0.5F);
    const V half_sum = hn::Mul(half, hn::Add(m[1], m[2]));
    g[0] = hn::Add(m[0], half_sum);
    g[1] = hn::Mul(half, hn::Sub(m[1], m[2]));
    g[2] = hn::Add(half_sum, m[3]);
  }
};

/// The elements of a square: `step` apart in each of its lines.
template <class T, std::size_t size>
struct Square {
  std::array<T*, size> lines;
  std::int64_t step;
};

template <class T>
HWY_INLINE Square<T, 4> square(const WinogradFactors<T>& factors) {
  const std::int64_t line = 4 * factors.stride;
  T* const first = factors.first;
  return {{first, first + line, first + 2 * line, first + 3 * line}, factors.stride};
}

template <class T>
HWY_INLINE Square<T, 3> taps(T* kernel, std::int64_t place) {
  return {{kernel, kernel + 3 * place, kernel + 6 * place}, place};
}

/// Formula of a column of a square: the elements at `offset` from the beginnings of its lines.
template <class Formula, class D, std::size_t n, std::size_t m>
HWY_INLINE void read_column(D d, const std::array<const float*, n>& lines, std::int64_t offset,
                            hn::Vec<D> (&result)[m]) {
  hn::Vec<D> column[n];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < n; ++i) column[i] = hn::LoadU(d, lines[i] + offset);
  Formula::apply(column, result);
}

/// The same of a pixel of the lines of a row: of zeros where it lies outside.
template <class Formula, class D, std::size_t n, std::size_t m>
HWY_INLINE void read_pixel(D d, const WinogradRow& row, const std::array<const float*, n>& lines,
                           std::int64_t pixel, std::int64_t channel, hn::Vec<D> (&result)[m]) {
  if (pixel >= 0 && pixel < row.pixels) {
    read_column<Formula>(d, lines, pixel * row.channels + channel, result);
  } else {
#pragma GCC unroll 4
    for (hn::Vec<D>& factor : result) factor = hn::Zero(d);
  }
}

/// Formula of line number `i` of a square that is there by its columns.
template <class Formula, std::size_t n, std::size_t m, std::size_t k, class V>
HWY_INLINE void transform_line(const V (&columns)[n][m], std::size_t i, V (&result)[k]) {
  V line[n];
#pragma GCC unroll 4
  for (std::size_t j = 0; j < n; ++j) line[j] = columns[j][i];
  Formula::apply(line, result);
}

/// The same of all lines, to a square of which `offset` is added to the places.
template <class Formula, class D, std::size_t n, std::size_t m>
HWY_INLINE void write_lines(D d, const hn::Vec<D> (&columns)[n][m], const Square<float, m>& to,
                            std::int64_t offset) {
#pragma GCC unroll 4
  for (std::size_t i = 0; i < m; ++i) {
    hn::Vec<D> result[m];
    transform_line<Formula>(columns, i, result);
#pragma GCC unroll 4
    for (std::size_t k = 0; k < m; ++k) {
      hn::StoreU(result[k], d, to.lines[i] + offset + static_cast<std::int64_t>(k) * to.step);
    }
  }
}

/// What follows does loop.vector(d, channel) for vectors of channels.
template <class Loop>
struct ByVectors {
  const Loop& loop;

  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t channel) const {
    for (int v = 0; v < vectors; ++v) {
      loop.vector(d, channel + v * static_cast<std::int64_t>(hn::Lanes(d)));
    }
  }
};

template <class Loop>
HWY_INLINE void for_each_vector(const Loop& loop, std::int64_t channels) {
  for_each_tile<1, float>(ByVectors<Loop>{loop}, channels);
}

/// A row is worked on in so many tiles at a time: one vector of channels of all of them after the
/// other, so that what two vectors of a cache line read and write stays in a first-level cache.
constexpr std::int64_t kTiles = 8;

template <class Loop>
HWY_INLINE void for_row(Loop loop, const WinogradRow& row) {
  for (loop.first = 0; loop.first < row.tiles; loop.first = loop.last) {
    loop.last = std::min(loop.first + kTiles, row.tiles);
    for_each_vector(loop, row.channels);
  }
}

/// Tiles overlap: the last two columns of one are the first two of the next.
struct ReadInput {
  const WinogradRow& row;
  const std::array<const float*, 4>& lines;
  Square<float, 4> to;
  std::int64_t first = 0, last = 0;

  template <class D>
  HWY_INLINE void vector(D d, std::int64_t channel) const {
    hn::Vec<D> columns[4][4];
    std::int64_t pixel = row.begin + kWinogradTile * first;
    read_pixel<OfPixels>(d, row, lines, pixel, channel, columns[0]);
    read_pixel<OfPixels>(d, row, lines, pixel + 1, channel, columns[1]);
    for (std::int64_t t = first; t < last; ++t) {
      pixel += kWinogradTile;
      read_pixel<OfPixels>(d, row, lines, pixel, channel, columns[2]);
      read_pixel<OfPixels>(d, row, lines, pixel + 1, channel, columns[3]);
      write_lines<OfPixels>(d, columns, to, t * row.channels + channel);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        columns[0][i] = columns[2][i];
        columns[1][i] = columns[3][i];
      }
    }
  }
};

struct ReadOutput {
  const WinogradRow& row;
  const std::array<const float*, 2>& lines;
  Square<float, 4> to;
  std::int64_t first = 0, last = 0;

  template <class D>
  HWY_INLINE void vector(D d, std::int64_t channel) const {
    for (std::int64_t t = first; t < last; ++t) {
      hn::Vec<D> columns[2][4];
      const std::int64_t pixel = kWinogradTile * t;
      read_pixel<OfCotangents>(d, row, lines, pixel, channel, columns[0]);
      read_pixel<OfCotangents>(d, row, lines, pixel + 1, channel, columns[1]);
      write_lines<OfCotangents>(d, columns, to, t * row.channels + channel);
    }
  }
};

struct WriteOutput {
  const WinogradRow& row;
  Square<const float, 4> sums;
  const std::array<float*, 2>& lines;
  std::int64_t first = 0, last = 0;

  template <class D>
  HWY_INLINE void vector(D d, std::int64_t channel) const {
    for (std::int64_t t = first; t < last; ++t) {
      hn::Vec<D> columns[4][2];
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) {
        read_column<ToPositions>(d, sums.lines, t * row.channels + channel + k * sums.step,
                                 columns[k]);
      }
      const std::int64_t pixel = kWinogradTile * t;
      const std::int64_t offset = pixel * row.channels + channel;
      const bool is_pair = pixel + 1 < row.pixels;
#pragma GCC unroll 2
      for (std::size_t i = 0; i < 2; ++i) {
        hn::Vec<D> y[2];
        transform_line<ToPositions>(columns, i, y);
        hn::StoreU(y[0], d, lines[i] + offset);
        if (is_pair) hn::StoreU(y[1], d, lines[i] + offset + row.channels);
      }
    }
  }
};

/// Of a single square.
template <class Formula, std::size_t n, std::size_t m>
struct Transform {
  Square<const float, n> from;
  Square<float, m> to;

  template <class D>
  HWY_INLINE void vector(D d, std::int64_t channel) const {
    hn::Vec<D> columns[n][m];
#pragma GCC unroll 4
    for (std::size_t k = 0; k < n; ++k) {
      const auto offset = channel + static_cast<std::int64_t>(k) * from.step;
      read_column<Formula>(d, from.lines, offset, columns[k]);
    }
    write_lines<Formula>(d, columns, to, channel);
  }
};

void factors_of_input(const WinogradRow& row, const std::array<const float*, 4>& lines,
                      const WinogradFactors<float>& to) {
  for_row(ReadInput{row, lines, square(to)}, row);
}

void factors_of_output(const WinogradRow& row, const std::array<const float*, 2>& lines,
                       const WinogradFactors<float>& to) {
  for_row(ReadOutput{row, lines, square(to)}, row);
}

void output_of_sums(const WinogradRow& row, const WinogradFactors<const float>& sums,
                    const std::array<float*, 2>& lines) {
  for_row(WriteOutput{row, square(sums), lines}, row);
}

void factors_of_kernel(std::int64_t columns, const float* kernel, std::int64_t place,
                       const WinogradFactors<float>& to) {
  for_each_vector(Transform<OfTaps, 3, 4>{taps(kernel, place), square(to)}, columns);
}

void kernel_of_sums(std::int64_t columns, const WinogradFactors<const float>& sums, float* kernel,
                    std::int64_t place) {
  for_each_vector(Transform<ToTaps, 4, 3>{square(sums), taps(kernel, place)}, columns);
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace linseed::kernels {

void winograd_factors_of_input(const WinogradRow& row, const std::array<const float*, 4>& lines,
                               const WinogradFactors<float>& to) {
  static constexpr Versions<decltype(&winograd_factors_of_input)> kVersions{
      HWY_CHOOSE_FALLBACK(factors_of_input), HWY_CHOOSE_SSE4(factors_of_input),
      HWY_CHOOSE_AVX2(factors_of_input), HWY_CHOOSE_AVX3(factors_of_input)};
  kVersions.in_use()(row, lines, to);
}

void winograd_factors_of_output(const WinogradRow& row, const std::array<const float*, 2>& lines,
                                const WinogradFactors<float>& to) {
  static constexpr Versions<decltype(&winograd_factors_of_output)> kVersions{
      HWY_CHOOSE_FALLBACK(factors_of_output), HWY_CHOOSE_SSE4(factors_of_output),
      HWY_CHOOSE_AVX2(factors_of_output), HWY_CHOOSE_AVX3(factors_of_output)};
  kVersions.in_use()(row, lines, to);
}

void winograd_output(const WinogradRow& row, const WinogradFactors<const float>& sums,
                     const std::array<float*, 2>& lines) {
  static constexpr Versions<decltype(&winograd_output)> kVersions{
      HWY_CHOOSE_FALLBACK(output_of_sums), HWY_CHOOSE_SSE4(output_of_sums),
      HWY_CHOOSE_AVX2(output_of_sums), HWY_CHOOSE_AVX3(output_of_sums)};
  kVersions.in_use()(row, sums, lines);
}

void winograd_factors_of_kernel(std::int64_t columns, const float* kernel, std::int64_t place,
                                const WinogradFactors<float>& to) {
  static constexpr Versions<decltype(&winograd_factors_of_kernel)> kVersions{
      HWY_CHOOSE_FALLBACK(factors_of_kernel), HWY_CHOOSE_SSE4(factors_of_kernel),
      HWY_CHOOSE_AVX2(factors_of_kernel), HWY_CHOOSE_AVX3(factors_of_kernel)};
  kVersions.in_use()(columns, kernel, place, to);
}

void winograd_kernel(std::int64_t columns, const WinogradFactors<const float>& sums, float* kernel,
                     std::int64_t place) {
  static constexpr Versions<decltype(&winograd_kernel)> kVersions{
      HWY_CHOOSE_FALLBACK(kernel_of_sums), HWY_CHOOSE_SSE4(kernel_of_sums),
      HWY_CHOOSE_AVX2(kernel_of_sums), HWY_CHOOSE_AVX3(kernel_of_sums)};
  kVersions.in_use()(columns, sums, kernel, place);
}

}  // namespace linseed::kernels
#endif
