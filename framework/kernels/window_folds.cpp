// Written once, compiled for each instruction set, chosen at run time (Google Highway).
//
// Lanes are channels. At a position, up to four vectors of accumulators stay in registers over the
// terms, so each output is written once and nothing is read back: pooling and its adjoints load
// each element of the input once for each term, which costs one to four cheap operations. The
// adjoints gather as well. Only what is unpooled to windows apart is scattered, since each element
// of the input has then to be read, and its place compared, once.
#include <linseed/framework/kernels/window_folds.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include <linseed/framework/kernels/instruction_set.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/window_folds.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/window_walk_inl.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

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

template <class T, class Position, bool selects>
struct MaxLoop {
  std::span<const WindowTerm> terms;
  const T* input;
  T* output;
  Position* positions;
  Selection<T> selection = {};

  void advance(std::int64_t read, std::int64_t written) {
    input += read;
    output += written;
    positions += written;
    if constexpr (selects) {
      selection.from += read;
      selection.to += written;
    }
  }

  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t channel) const {
    const std::size_t lanes = hn::Lanes(d);
    hn::Vec<D> best[vectors], selected[vectors];
    PlaceVector<D> places[vectors];
    const std::int64_t first = terms.empty() ? 0 : terms[0].offset + channel;
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      best[v] = terms.empty() ? hn::Set(d, -std::numeric_limits<T>::infinity())
                              : hn::LoadU(d, input + first + v * lanes);
      places[v] = place_vector(d, terms.empty() ? 0 : terms[0].place);
      if constexpr (selects) {
        selected[v] =
            terms.empty() ? hn::Zero(d) : hn::LoadU(d, selection.from + first + v * lanes);
      }
    }
    for (std::size_t t = 1; t < terms.size(); ++t) {
      const std::int64_t at = terms[t].offset + channel;
      const auto here = place_vector(d, terms[t].place);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) {
        const auto candidate = hn::LoadU(d, input + at + v * lanes);
        const auto stays = hn::Or(hn::Le(candidate, best[v]), hn::IsNaN(best[v]));
        best[v] = hn::IfThenElse(stays, best[v], candidate);
        places[v] = hn::IfThenElse(hn::RebindMask(PlaceTag<D>(), stays), places[v], here);
        if constexpr (selects) {
          selected[v] =
              hn::IfThenElse(stays, selected[v], hn::LoadU(d, selection.from + at + v * lanes));
        }
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      hn::StoreU(best[v], d, output + channel + v * lanes);
      store_places(d, places[v], positions + channel + v * lanes);
      if constexpr (selects) hn::StoreU(selected[v], d, selection.to + channel + v * lanes);
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

/// To windows that do not overlap: all that they have is written here, and nowhere else.
template <class T, class Position>
struct UnpoolApartLoop {
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
    hn::Vec<D> values[vectors];
    PlaceVector<D> places[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      values[v] = hn::Add(hn::Zero(d), hn::LoadU(d, input + channel + v * lanes));  // no -0
      places[v] = load_places(d, positions + channel + v * lanes);
    }
    for (const WindowTerm& term : terms) {
      T* const to = output + term.offset + channel;
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) {
        const auto is_here = is_place(d, places[v], term.place);
        hn::StoreU(hn::IfThenElseZero(is_here, values[v]), d, to + v * lanes);
      }
    }
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

template <class T, class Position>
void max(const WindowLines& all, const WindowLine& line, const T* input, T* output,
         Position* positions, const Selection<T>* selection) {
  const auto terms = all.terms_of(line);
  input += line.input;
  output += line.output;
  positions += line.output;
  if (selection == nullptr) {
    return for_each_position<T>({all, line},
                                MaxLoop<T, Position, false>{terms, input, output, positions});
  }
  const Selection<T> here{selection->from + line.input, selection->to + line.output};
  for_each_position<T>({all, line},
                       MaxLoop<T, Position, true>{terms, input, output, positions, here});
}

template <class T, class Position>
void unpool(const WindowLines& all, const WindowLine& line, const T* input,
            const Position* positions, T* output) {
  for_each_gathered<T>({all, line},
                       UnpoolLoop<T, Position>{all.terms_of(line), input + line.input,
                                               positions + line.input, output + line.output});
}

template <class T, class Position>
void unpool_apart(const WindowLines& all, const WindowLine& line, const T* input,
                  const Position* positions, T* output) {
  Walk walk(all, line);
  std::swap(walk.read_step, walk.written_step);
  input += line.output;
  positions += line.output;
  output += line.input;
  const auto terms = all.terms_of(line);
  if (walk.channels >= kNarrow) {
    return for_each_position<T>(walk,
                                UnpoolApartLoop<T, Position>{terms, input, positions, output});
  }
  for (const WindowTerm& term : terms) {
    const WindowTerm here{0, term.place};
    for_each_gathered<T>(
        walk, UnpoolLoop<T, Position>{{&here, 1}, input, positions, output + term.offset});
  }
}

template <class T, class Position>
void select(const WindowLines& all, const WindowLine& line, const T* input,
            const Position* positions, T* output) {
  for_each_position<T>({all, line},
                       SelectLoop<T, Position>{all.terms_of(line), input + line.input,
                                               positions + line.output, output + line.output});
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace linseed::kernels {

template <class T, class Position>
void max_line(const WindowLines& all, const WindowLine& line, const T* input, T* output,
              Position* positions, const Selection<T>* selection) {
  static constexpr Versions<decltype(&max_line<T, Position>)> kVersions{
      HWY_CHOOSE_FALLBACK(max), HWY_CHOOSE_SSE4(max), HWY_CHOOSE_AVX2(max), HWY_CHOOSE_AVX3(max)};
  kVersions.in_use()(all, line, input, output, positions, selection);
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
void unpool_apart_line(const WindowLines& all, const WindowLine& line, const T* input,
                       const Position* positions, T* output) {
  static constexpr Versions<decltype(&unpool_apart_line<T, Position>)> kVersions{
      HWY_CHOOSE_FALLBACK(unpool_apart), HWY_CHOOSE_SSE4(unpool_apart),
      HWY_CHOOSE_AVX2(unpool_apart), HWY_CHOOSE_AVX3(unpool_apart)};
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

template void max_line(const WindowLines&, const WindowLine&, const float*, float*, std::uint8_t*,
                       const Selection<float>*);
template void unpool_line(const WindowLines&, const WindowLine&, const float*, const std::uint8_t*,
                          float*);
template void unpool_apart_line(const WindowLines&, const WindowLine&, const float*,
                                const std::uint8_t*, float*);
template void select_line(const WindowLines&, const WindowLine&, const float*, const std::uint8_t*,
                          float*);
template void max_line(const WindowLines&, const WindowLine&, const float*, float*, std::int32_t*,
                       const Selection<float>*);
template void unpool_line(const WindowLines&, const WindowLine&, const float*, const std::int32_t*,
                          float*);
template void unpool_apart_line(const WindowLines&, const WindowLine&, const float*,
                                const std::int32_t*, float*);
template void select_line(const WindowLines&, const WindowLine&, const float*, const std::int32_t*,
                          float*);
template void max_line(const WindowLines&, const WindowLine&, const double*, double*, std::uint8_t*,
                       const Selection<double>*);
template void unpool_line(const WindowLines&, const WindowLine&, const double*, const std::uint8_t*,
                          double*);
template void unpool_apart_line(const WindowLines&, const WindowLine&, const double*,
                                const std::uint8_t*, double*);
template void select_line(const WindowLines&, const WindowLine&, const double*, const std::uint8_t*,
                          double*);
template void max_line(const WindowLines&, const WindowLine&, const double*, double*, std::int32_t*,
                       const Selection<double>*);
template void unpool_line(const WindowLines&, const WindowLine&, const double*, const std::int32_t*,
                          double*);
template void unpool_apart_line(const WindowLines&, const WindowLine&, const double*,
                                const std::int32_t*, double*);
template void select_line(const WindowLines&, const WindowLine&, const double*, const std::int32_t*,
                          double*);

}  // namespace linseed::kernels
#endif
