// Written once, compiled for each instruction set, chosen at run time (Google Highway).
//
// Lanes are channels. At a position, up to four vectors of accumulators stay in registers over the
// terms, so each output is written once and nothing is read back: pooling and its adjoints load
// each element of the input once for each term, which costs one to four cheap operations. The
// adjoints gather as well: where windows do not overlap, each element has one term.
#include <linseed/framework/kernels/window_folds.h>

#include <algorithm>
#include <cstddef>
#include <limits>

#include <linseed/framework/kernels/instruction_set.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/window_folds.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/vector_tiles_inl.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Positions of fewer channels are joined, ...
constexpr std::int64_t kNarrow = 16;
/// ... to so many elements.
constexpr std::int64_t kJoined = 256;

/// Places are as wide as values, so that both move through the same instructions.
template <class D>
using PlaceTag = hn::RebindToUnsigned<D>;
template <class D>
using PlaceVector = hn::Vec<PlaceTag<D>>;

template <class D>
HWY_INLINE PlaceVector<D> place_vector(D /*d*/, std::int64_t place) {
  const PlaceTag<D> dp;
  return hn::Set(dp, static_cast<hn::TFromD<PlaceTag<D>>>(place));
}

template <class D, class Position>
HWY_INLINE PlaceVector<D> load_places(D d, const Position* from) {
  if constexpr (hn::MaxLanes(D()) == 1) {
    return place_vector(d, *from);
  } else {
    using Unsigned = hwy::MakeUnsigned<Position>;
    const hn::Rebind<Unsigned, D> narrow;
    const auto places = hn::LoadU(narrow, reinterpret_cast<const Unsigned*>(from));
    if constexpr (sizeof(Position) == sizeof(hn::TFromD<D>)) {
      return places;
    } else if constexpr (sizeof(Position) == 1 && sizeof(hn::TFromD<D>) == 8) {
      const hn::Rebind<std::uint32_t, D> middle;
      return hn::PromoteTo(PlaceTag<D>(), hn::PromoteTo(middle, places));
    } else {
      return hn::PromoteTo(PlaceTag<D>(), places);
    }
  }
}

template <class D, class Position>
HWY_INLINE void store_places(D /*d*/, PlaceVector<D> places, Position* to) {
  if constexpr (hn::MaxLanes(D()) == 1) {
    *to = static_cast<Position>(hn::GetLane(places));
  } else {
    using Unsigned = hwy::MakeUnsigned<Position>;
    const hn::Rebind<Unsigned, D> narrow;
    Unsigned* const target = reinterpret_cast<Unsigned*>(to);
    if constexpr (sizeof(Position) == sizeof(hn::TFromD<D>)) {
      hn::StoreU(places, narrow, target);
    } else {
      hn::StoreU(hn::TruncateTo(narrow, places), narrow, target);
    }
  }
}

/// Where `place` is the one that a position says.
template <class D>
HWY_INLINE hn::Mask<D> is_place(D d, PlaceVector<D> places, std::int64_t place) {
  return hn::RebindMask(d, hn::Eq(places, place_vector(d, place)));
}

// What is made of a position, or of several neighbours, in a tile of channels. `input` and `output`
// point to the first position's first channel.

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

template <class T, class Position>
struct MaxLoop {
  std::span<const WindowTerm> terms;
  const T* input;
  T* output;
  Position* positions;

  void advance(std::int64_t read, std::int64_t written) {
    input += read;
    output += written;
    positions += written;
  }

  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t channel) const {
    const std::size_t lanes = hn::Lanes(d);
    hn::Vec<D> best[vectors];
    PlaceVector<D> places[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      best[v] = hn::Set(d, -std::numeric_limits<T>::infinity());
      places[v] = place_vector(d, terms.empty() ? 0 : terms[0].place);
    }
    for (const WindowTerm& term : terms) {
      const T* from = input + term.offset + channel;
      const auto here = place_vector(d, term.place);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) {
        const auto candidate = hn::LoadU(d, from + v * lanes);
        const auto stays = hn::Or(hn::Le(candidate, best[v]), hn::IsNaN(best[v]));
        best[v] = hn::IfThenElse(stays, best[v], candidate);
        places[v] = hn::IfThenElse(hn::RebindMask(PlaceTag<D>(), stays), places[v], here);
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      hn::StoreU(best[v], d, output + channel + v * lanes);
      store_places(d, places[v], positions + channel + v * lanes);
    }
  }
};

template <class T, class Position>
struct UnpoolLoop {
  std::span<const WindowTerm> terms;
  const T* input;
  const Position* positions;
  T* output;

  void advance(std::int64_t read, std::int64_t written) {
    input += read;
    positions += read;
    output += written;
  }

  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t channel) const {
    const std::size_t lanes = hn::Lanes(d);
    hn::Vec<D> sums[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) sums[v] = hn::Zero(d);
    for (const WindowTerm& term : terms) {
      const std::int64_t first = term.offset + channel;
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) {
        const auto places = load_places(d, positions + first + v * lanes);
        const auto is_here = is_place(d, places, term.place);
        const auto value = hn::LoadU(d, input + first + v * lanes);
        sums[v] = hn::Add(sums[v], hn::IfThenElseZero(is_here, value));
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) hn::StoreU(sums[v], d, output + channel + v * lanes);
  }
};

template <class T, class Position>
struct SelectLoop {
  std::span<const WindowTerm> terms;
  const T* input;
  const Position* positions;
  T* output;

  void advance(std::int64_t read, std::int64_t written) {
    input += read;
    positions += written;
    output += written;
  }

  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t channel) const {
    const std::size_t lanes = hn::Lanes(d);
    hn::Vec<D> selected[vectors];
    PlaceVector<D> places[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      selected[v] = hn::Zero(d);
      places[v] = load_places(d, positions + channel + v * lanes);
    }
    for (const WindowTerm& term : terms) {
      const T* from = input + term.offset + channel;
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) {
        selected[v] = hn::IfThenElse(is_place(d, places[v], term.place),
                                     hn::LoadU(d, from + v * lanes), selected[v]);
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) hn::StoreU(selected[v], d, output + channel + v * lanes);
  }
};

/// Spreads positions that lie side by side: the longer loop is the inner one.
template <class T>
HWY_INLINE void spread(const WindowLines& all, const T* joined, std::int64_t count, T* output) {
  const std::int64_t channels = all.channels, step = all.output_step;
  if (channels < 4) {
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t i = 0; i < count; ++i) output[i * step + c] = joined[i * channels + c];
    }
  } else {
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t c = 0; c < channels; ++c) output[i * step + c] = joined[i * channels + c];
    }
  }
}

/// The loop's results at all positions of a line.
template <class T, class Loop>
HWY_INLINE void for_each_position(const WindowLines& all, const WindowLine& line, Loop loop) {
  for (std::int64_t p = 0; p < line.count; ++p) {
    for_each_tile<4, T>(loop, all.channels);
    loop.advance(all.input_step, all.output_step);
  }
}

/// The same. Where neighbours read neighbouring elements, as
/// adjoints do, narrow ones are made together, as if they were channels of one position.
template <class T, class Loop>
HWY_INLINE void for_each_gathered(const WindowLines& all, const WindowLine& line, Loop loop) {
  if (all.input_step != all.channels || all.channels >= kNarrow) {
    return for_each_position<T>(all, line, loop);
  }
  T joined[kJoined];
  T* output = loop.output;
  for (std::int64_t p = 0, count = 0; p < line.count; p += count) {
    count = std::min(line.count - p, kJoined / all.channels);
    loop.output = joined;
    for_each_tile<4, T>(loop, count * all.channels);
    loop.advance(count * all.input_step, 0);
    spread(all, joined, count, output);
    output += count * all.output_step;
  }
}

template <class T>
void sum(const WindowLines& all, const WindowLine& line, const T* input, T* output) {
  for_each_gathered<T>(all, line,
                       SumLoop<T>{all.terms_of(line), input + line.input, output + line.output});
}

template <class T, class Position>
void max(const WindowLines& all, const WindowLine& line, const T* input, T* output,
         Position* positions) {
  for_each_position<T>(all, line,
                       MaxLoop<T, Position>{all.terms_of(line), input + line.input,
                                            output + line.output, positions + line.output});
}

template <class T, class Position>
void unpool(const WindowLines& all, const WindowLine& line, const T* input,
            const Position* positions, T* output) {
  for_each_gathered<T>(all, line,
                       UnpoolLoop<T, Position>{all.terms_of(line), input + line.input,
                                               positions + line.input, output + line.output});
}

template <class T, class Position>
void select(const WindowLines& all, const WindowLine& line, const T* input,
            const Position* positions, T* output) {
  for_each_position<T>(all, line,
                       SelectLoop<T, Position>{all.terms_of(line), input + line.input,
                                               positions + line.output, output + line.output});
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

template <class T, class Position>
void max_line(const WindowLines& all, const WindowLine& line, const T* input, T* output,
              Position* positions) {
  static constexpr Versions<decltype(&max_line<T, Position>)> kVersions{
      HWY_CHOOSE_FALLBACK(max), HWY_CHOOSE_SSE4(max), HWY_CHOOSE_AVX2(max), HWY_CHOOSE_AVX3(max)};
  kVersions.in_use()(all, line, input, output, positions);
}

template <class T, class Position>
void unpool_line(const WindowLines& all, const WindowLine& line, const T* input,
                 const Position* positions, T* output) {
  static constexpr Versions<decltype(&unpool_line<T, Position>)> kVersions{
      HWY_CHOOSE_FALLBACK(unpool), HWY_CHOOSE_SSE4(unpool), HWY_CHOOSE_AVX2(unpool),
      HWY_CHOOSE_AVX3(unpool)};
  kVersions.in_use()(all, line, input, positions, output);
}

template <class T, class Position>
void select_line(const WindowLines& all, const WindowLine& line, const T* input,
                 const Position* positions, T* output) {
  static constexpr Versions<decltype(&select_line<T, Position>)> kVersions{
      HWY_CHOOSE_FALLBACK(select), HWY_CHOOSE_SSE4(select), HWY_CHOOSE_AVX2(select),
      HWY_CHOOSE_AVX3(select)};
  kVersions.in_use()(all, line, input, positions, output);
}

template void sum_line(const WindowLines&, const WindowLine&, const float*, float*);
template void max_line(const WindowLines&, const WindowLine&, const float*, float*, std::uint8_t*);
template void unpool_line(const WindowLines&, const WindowLine&, const float*, const std::uint8_t*,
                          float*);
template void select_line(const WindowLines&, const WindowLine&, const float*, const std::uint8_t*,
                          float*);
template void max_line(const WindowLines&, const WindowLine&, const float*, float*, std::int32_t*);
template void unpool_line(const WindowLines&, const WindowLine&, const float*, const std::int32_t*,
                          float*);
template void select_line(const WindowLines&, const WindowLine&, const float*, const std::int32_t*,
                          float*);
template void sum_line(const WindowLines&, const WindowLine&, const double*, double*);
template void max_line(const WindowLines&, const WindowLine&, const double*, double*,
                       std::uint8_t*);
template void unpool_line(const WindowLines&, const WindowLine&, const double*, const std::uint8_t*,
                          double*);
template void select_line(const WindowLines&, const WindowLine&, const double*, const std::uint8_t*,
                          double*);
template void max_line(const WindowLines&, const WindowLine&, const double*, double*,
                       std::int32_t*);
template void unpool_line(const WindowLines&, const WindowLine&, const double*, const std::int32_t*,
                          double*);
template void select_line(const WindowLines&, const WindowLine&, const double*, const std::int32_t*,
                          double*);

}  // namespace linseed::kernels
#endif
