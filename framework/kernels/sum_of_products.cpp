// Written once, compiled for each instruction set, chosen at run time (Google Highway).
//
// A tile of the output, `rows` × `vectors` vectors, stays in registers over all terms. Each step of
// the depth loads `vectors` vectors of b, and for each row broadcasts one element of a and does
// `vectors` multiply-adds. An FMA has a latency of 4 cycles and two start in each: 8 or more
// independent chains keep the units busy, and per step rows + vectors loads, at two or three in a
// cycle, must not take longer than rows · vectors / 2 cycles. So tiles are as large as the
// registers allow, of which one vector of b for each column and one of a are not accumulators:
// 6 × 2 of the 16 of AVX2 and SSE4, 14 × 2 of the 32 of AVX-512 and NEON, and 24 × 1 where a
// multiply-add broadcasts for itself. Where there are few rows, tiles are wider, 3 × 4 and 1 × 8 of
// 16 registers, 6 × 4 and 3 × 8 of 32; then it is the elements of a that stay for a step, while one
// vector of b after the other passes.
//
// Where rows of b lie far apart, a power of two often, those of a tile's columns compete for the
// same few lines of a first-level cache (8 of 64 sets, where they are 512 bytes apart), and each
// tile would read them from the second. So the topmost tile stores what it has loaded side by side,
// with store units that are idle, and those below read that: 16 KiB at a depth of 256 (AVX2). It
// asks for rows some time before it needs them, since it is the one that may read them from memory.
#include <linseed/framework/kernels/sum_of_products.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <linseed/framework/kernels/instruction_set.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/sum_of_products.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/product_tile_inl.h>

#include <hwy/cache_control.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

/// Rows of the largest tile of 1, 2, 4 or 8 vectors.
constexpr std::int64_t max_rows(int vectors) {
#if HWY_TARGET == HWY_AVX3
  return vectors == 2 ? 14 : 24 / vectors;
#elif HWY_TARGET == HWY_NEON
  return vectors <= 2 ? 14 : 24 / vectors;
#else
  return 12 / vectors;
#endif
}
constexpr int kMostVectors = 8;

/// The deepest sum whose rows of b are copied side by side, and from how many bytes of rows on:
/// about half of a first-level cache.
constexpr std::int64_t kPanelDepth = 256, kFarBytes = 16 << 10;

/// `count` tiles below each other; `tile` is then the one below. To call one by one would take as
/// long as to compute a small one.
template <class T, int rows, int vectors, bool by_columns, bool copies>
void compute_tiles(const SumOfProducts<T>& sum, Tile<T>& tile, std::int64_t count, Fetch& fetch) {
  // In registers: a store of vectors might change what `tile` is. Not a copy of all of it, which
  // would read pairs of what has just been written one by one, and wait for that.
  const T* a = tile.a;
  T* output = tile.output;
  for (; count > 0; --count) {
    fetch.part(rows * vectors);
    compute_tile<T, rows, vectors, by_columns, copies>(sum, tile, a, output);
    a += rows * sum.a_row;
    output += rows * sum.output_row;
  }
  tile.a = a;
  tile.output = output;
}

template <class T>
using ComputeTiles = void (*)(const SumOfProducts<T>&, Tile<T>&, std::int64_t count, Fetch&);

/// The loops of all tiles of so many vectors: [by columns][rows − 1].
template <class T, int vectors, bool copies, std::size_t... rows>
constexpr auto make_tiles(std::index_sequence<rows...>) {
  return std::array<std::array<ComputeTiles<T>, sizeof...(rows)>, 2>{{
      {compute_tiles<T, static_cast<int>(rows) + 1, vectors, false, copies>...},
      {compute_tiles<T, static_cast<int>(rows) + 1, vectors, true, copies>...},
  }};
}
template <class T, int vectors, bool copies = false>
constexpr auto kTiles =
    make_tiles<T, vectors, copies>(std::make_index_sequence<max_rows(vectors)>());

/// Groups of rows that a tile can have, of five at most.
constexpr std::int64_t most_groups(std::int64_t vectors, std::int64_t group) {
  constexpr std::int64_t kAccumulators = 2 * max_rows(2);
  return vectors > 2 ? 0 : std::min<std::int64_t>(kAccumulators / vectors / group, 5);
}

/// Whether there are tiles of such groups, and they keep more sums in registers than tiles of one
/// group each.
bool fills_by_groups(std::int64_t m, std::int64_t group, std::int64_t vectors) {
  if (group != 3 && group != 5 && group != 9) return false;
  std::int64_t apart = 0, together = 0;
  for (std::int64_t v = 1; v <= std::min<std::int64_t>(vectors, kMostVectors); v *= 2) {
    const std::int64_t most = max_rows(static_cast<int>(v));
    if (v <= 2 || group <= most) apart = std::max(apart, std::min(group, most) * v);
    const std::int64_t groups = std::min(m / group, most_groups(v, group));
    if (groups > 0) together = groups * group * v;
  }
  return together > apart;
}

/// A tile of some groups; `tile` is then the one below.
template <class T, int vectors, int group, int groups>
void compute_grouped(const SumOfProducts<T>& sum, Tile<T>& tile, Fetch& fetch) {
  constexpr int kRows = groups * group;
  fetch.part(kRows * vectors);
  compute_tile<T, kRows, vectors, true, false, group>(sum, tile, tile.a, tile.output);
  tile.a += groups * sum.next_group;
  tile.output += kRows * sum.output_row;
}

template <class T>
using ComputeGrouped = void (*)(const SumOfProducts<T>&, Tile<T>&, Fetch&);

template <class T, int vectors, int group, std::size_t... groups>
constexpr auto make_grouped(std::index_sequence<groups...>) {
  return std::array<ComputeGrouped<T>, sizeof...(groups)>{
      compute_grouped<T, vectors, group, static_cast<int>(groups) + 1>...};
}

/// compute_columns of rows in groups: in tiles of as many as possible, equally many; `tile` is the
/// topmost.
template <class T, int vectors, int group>
void compute_group_columns(const SumOfProducts<T>& sum, Fetch& fetch, Tile<T> tile) {
  constexpr std::int64_t kMost = most_groups(vectors, group);
  if constexpr (kMost > 0) {
    static constexpr auto kTilesOf =
        make_grouped<T, vectors, group>(std::make_index_sequence<kMost>());
    const std::int64_t groups = sum.m / group, tiles = (groups + kMost - 1) / kMost;
    for (std::int64_t t = 0; t < tiles; ++t) {
      const std::int64_t some = (t + 1) * groups / tiles - t * groups / tiles;
      kTilesOf[static_cast<std::size_t>(some - 1)](sum, tile, fetch);
    }
  }
}

/// How many tiles cover all rows.
std::int64_t tiles_of_rows(std::int64_t m, int vectors) {
  return (m + max_rows(vectors) - 1) / max_rows(vectors);
}

/// Whether rows of b, as tiles of `width` columns read them, are better copied side by side.
template <class T>
bool reads_far(const SumOfProducts<T>& sum, std::int64_t width) {
  const auto bytes = sum.depth * sum.b_row * static_cast<std::int64_t>(sizeof(T));
  const bool is_one_panel = sum.terms.size() == 1 && sum.depth <= kPanelDepth;
  return is_one_panel && sum.b_row > width && bytes > kFarBytes;
}

/// Columns of all rows of the output in tiles of `vectors`, of equal height as far as possible: a
/// last one that is low would not keep the units busy. Tile::first and last as there.
template <class T, int vectors>
void compute_columns(const SumOfProducts<T>& sum, Fetch& fetch, std::int64_t column,
                     std::int64_t first, std::int64_t last) {
  const std::size_t by_columns = sum.a_column == 1 ? 0 : 1;
  const std::int64_t count = tiles_of_rows(sum.m, vectors);
  const std::int64_t low = sum.m / count, higher = sum.m % count;
  const auto width = vectors * static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  const bool copies = vectors == 2 && count > 2 && reads_far(sum, width);
  for (std::int64_t i = 0; i < sum.count; ++i) {
    Tile<T> tile{sum.a + i * sum.a_next, sum.b + i * sum.b_next + column,
                 sum.output + i * sum.output_next + column, first, last};
    if (sum.group != 0) {
      switch (sum.group) {
        case 3: compute_group_columns<T, vectors, 3>(sum, fetch, tile); break;
        case 5: compute_group_columns<T, vectors, 5>(sum, fetch, tile); break;
        case 9: compute_group_columns<T, vectors, 9>(sum, fetch, tile); break;
      }
      continue;
    }
    const auto compute = [&](const auto& tiles, const SumOfProducts<T>& part, std::int64_t rows,
                             std::int64_t number) {
      if (number == 0) return;
      tiles[by_columns][static_cast<std::size_t>(rows - 1)](part, tile, number, fetch);
    };
    const auto& tiles = kTiles<T, vectors>;
    if constexpr (vectors == 2) {
      if (copies) {
        HWY_ALIGN T panel[kPanelDepth * 2 * hn::MaxLanes(hn::ScalableTag<T>())];
        tile.panel = panel;
        compute(kTiles<T, 2, true>, sum, low, 1);
        tile.b = panel;
        const TermOffsets term{sum.terms[0].a, 0};
        SumOfProducts<T> below = sum;
        below.terms = {&term, 1};
        below.b_row = width;
        compute(tiles, below, low + 1, higher);
        compute(tiles, below, low, count - higher - 1);
        continue;
      }
    }
    compute(tiles, sum, low + 1, higher);
    compute(tiles, sum, low, count - higher);
  }
}

/// As many columns as possible from `column` on in tiles of `vectors`, of more than 2 only if they
/// hold all rows, and of more than 1 only if they hold a group; then of half as many. What is left
/// of less than one vector is computed with its neighbours in front, which are then not stored
/// again.
template <class T, int vectors>
void compute_from(const SumOfProducts<T>& sum, Fetch& fetch, std::int64_t column) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  const bool fits = sum.group == 0 ? vectors <= 2 || sum.m <= max_rows(vectors)
                                   : most_groups(vectors, sum.group) > 0;
  if (fits) {
    for (; column + vectors * lanes <= sum.n; column += vectors * lanes) {
      compute_columns<T, vectors>(sum, fetch, column, 0, vectors * lanes);
    }
  }
  if constexpr (vectors > 1) {
    compute_from<T, vectors / 2>(sum, fetch, column);
  } else if (column < sum.n) {
    const std::int64_t start = std::max<std::int64_t>(sum.n - lanes, 0);
    compute_columns<T, 1>(sum, fetch, start, column - start, sum.n - start);
  }
}

template <class T>
void compute_all(const SumOfProducts<T>& sum) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  if (sum.m == 0 || sum.n == 0 || sum.count == 0) return;
  const std::int64_t vectors = (sum.n + lanes - 1) / lanes;
  Fetch fetch(sum.ahead, sum.count * sum.m * vectors);
  if (sum.group == 0 || fills_by_groups(sum.m, sum.group, vectors)) {
    return compute_from<T, kMostVectors>(sum, fetch, 0);
  }
  SumOfProducts<T> one = sum;
  one.m = sum.group;
  one.group = 0;
  for (std::int64_t row = 0; row < sum.m; row += sum.group) {
    compute_from<T, kMostVectors>(one, fetch, 0);
    one.a += sum.next_group;
    one.output += sum.group * sum.output_row;
  }
}

void compute_float(const SumOfProducts<float>& sum) { compute_all(sum); }
void compute_double(const SumOfProducts<double>& sum) { compute_all(sum); }
std::size_t float_lanes() { return hn::Lanes(hn::ScalableTag<float>()); }

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace linseed::kernels {

template <class T>
using Compute = void (*)(const SumOfProducts<T>&);

constexpr Versions<Compute<float>> kComputeFloat{
    HWY_CHOOSE_FALLBACK(compute_float), HWY_CHOOSE_SSE4(compute_float),
    HWY_CHOOSE_AVX2(compute_float), HWY_CHOOSE_AVX3(compute_float)};
constexpr Versions<Compute<double>> kComputeDouble{
    HWY_CHOOSE_FALLBACK(compute_double), HWY_CHOOSE_SSE4(compute_double),
    HWY_CHOOSE_AVX2(compute_double), HWY_CHOOSE_AVX3(compute_double)};
constexpr Versions<std::size_t (*)()> kFloatLanes{
    HWY_CHOOSE_FALLBACK(float_lanes), HWY_CHOOSE_SSE4(float_lanes), HWY_CHOOSE_AVX2(float_lanes),
    HWY_CHOOSE_AVX3(float_lanes)};

template <>
void SumOfProducts<float>::compute() const {
  kComputeFloat.in_use()(*this);
}
template <>
void SumOfProducts<double>::compute() const {
  kComputeDouble.in_use()(*this);
}

void finish_streams() { hwy::FlushStream(); }

template <class T>
std::int64_t vector_lanes() {
  const auto bytes = kFloatLanes.in_use()() * sizeof(float);
  return static_cast<std::int64_t>(std::max<std::size_t>(1, bytes / sizeof(T)));
}
template std::int64_t vector_lanes<float>();
template std::int64_t vector_lanes<double>();

template <class T>
double cost_of_products(std::int64_t m, std::int64_t n, std::int64_t depth) {
  const std::int64_t lanes = vector_lanes<T>();
  return 0.03 * static_cast<double>(m) * static_cast<double>((n + lanes - 1) / lanes * lanes) *
         static_cast<double>(depth);
}
template double cost_of_products<float>(std::int64_t, std::int64_t, std::int64_t);
template double cost_of_products<double>(std::int64_t, std::int64_t, std::int64_t);

}  // namespace linseed::kernels
#endif
