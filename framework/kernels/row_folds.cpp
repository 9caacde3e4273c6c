// Written once, compiled for each instruction set, chosen at run time (Google Highway).
//
// Lanes are columns, so the order of a sum is that of its rows whatever a vector is. A tile of up
// to four vectors of accumulators stays in registers over all rows: each element is loaded once,
// and nothing else moves. An addition has a latency of 3 or 4 cycles: 16 columns of float32 take
// twice as long for each element as 64, so what calls this joins narrow rows (reduction.h). Columns
// that do not fill a vector go by four and one by one.
#include <linseed/framework/kernels/row_folds.h>

#include <algorithm>
#include <cstddef>

#include <linseed/framework/kernels/caches.h>
#include <linseed/framework/kernels/instruction_set.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/row_folds.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/vector_tiles_inl.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Of rows of more than a tile, so many are read at a time: of all rows, a tile would be a thin
/// slice of memory.
constexpr std::int64_t kRowsTogether = 16;

// What is done with a vector x of a row, and how many vectors of accumulators it takes.

struct Sum {
  static constexpr int kStates = 1;
  template <class V>
  static HWY_INLINE void step(V x, V (&state)[1]) {
    state[0] = hn::Add(state[0], x);
  }
};

/// The vector unit's own maximum may lose a NaN.
template <bool is_maximum>
struct Extreme {
  static constexpr int kStates = 1;
  template <class V>
  static HWY_INLINE void step(V x, V (&state)[1]) {
    const V best = state[0];
    if constexpr (hwy::IsFloat<hn::TFromV<V>>()) {
      const auto stays = is_maximum ? hn::Gt(best, x) : hn::Lt(best, x);
      state[0] = hn::IfThenElse(hn::Or(stays, hn::IsNaN(best)), best, x);
    } else {
      state[0] = is_maximum ? hn::Max(best, x) : hn::Min(best, x);
    }
  }
};

/// Of shift, sum and sum of squares.
struct ShiftedSums {
  static constexpr int kStates = 3;
  template <class V>
  static HWY_INLINE void step(V x, V (&state)[3]) {
    const V difference = hn::Sub(x, state[0]);
    state[1] = hn::Add(state[1], difference);
    state[2] = hn::Add(state[2], hn::Mul(difference, difference));
  }
};

template <class Step, class T>
struct FoldLoop {
  Rows<T> rows;
  T* const* states;

  /// Folds `vectors` vectors of all rows, from `column` on.
  template <int vectors, class D>
  HWY_INLINE void tile(D d, std::int64_t column) const {
    const std::size_t lanes = hn::Lanes(d);
    hn::Vec<D> state[vectors][Step::kStates];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
#pragma GCC unroll 3
      for (int s = 0; s < Step::kStates; ++s) {
        state[v][s] = hn::LoadU(d, states[s] + column + v * lanes);
      }
    }
    const T* row = rows.data + column;
    for (std::int64_t r = 0; r < rows.rows; ++r, row += rows.row_stride) {
      if (rows.ahead != 0) {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
          if (v * lanes * sizeof(T) % kCacheLine != 0) continue;
          fetch_line(row + rows.ahead + v * lanes);
        }
      }
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) Step::step(hn::LoadU(d, row + v * lanes), state[v]);
    }
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
#pragma GCC unroll 3
      for (int s = 0; s < Step::kStates; ++s) {
        hn::StoreU(state[v][s], d, states[s] + column + v * lanes);
      }
    }
  }
};

template <class Step, class T>
void fold(const Rows<T>& rows, T* const* states) {
  FoldLoop<Step, T> loop{rows, states};
  const std::int64_t some = rows.width > kTileLanes ? kRowsTogether : rows.rows;
  for (std::int64_t row = 0; row < rows.rows; row += some) {
    loop.rows.rows = std::min(some, rows.rows - row);
    for_each_tile<4, T>(loop, rows.width);
    loop.rows.data += some * rows.row_stride;
  }
}

template <class T>
void fold_kind(Fold kind, const Rows<T>& rows, T* result) {
  switch (kind) {
    case Fold::sum: return fold<Sum>(rows, &result);
    case Fold::maximum: return fold<Extreme<true>>(rows, &result);
    case Fold::minimum: return fold<Extreme<false>>(rows, &result);
  }
}

/// Folds 2 · `count` elements, which are no more than a vector, into half as many, and so on.
template <class Step, std::size_t count, class T>
HWY_INLINE void fold_vector(T* elements) {
  if constexpr (count > 0) {
    const hn::CappedTag<T, count> d;
    for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
      hn::Vec<decltype(d)> state[1] = {hn::LoadU(d, elements + i)};
      Step::step(hn::LoadU(d, elements + count + i), state);
      hn::StoreU(state[0], d, elements + i);
    }
    fold_vector<Step, count / 2>(elements);
  }
}

template <class Step, class T>
void fold_by_halves(T* rows, std::int64_t count, std::int64_t width) {
  for (std::int64_t half = count / 2 * width; count > 1; count /= 2, half /= 2) {
    if (half == kLanes && width == 1) return fold_vector<Step, kLanes>(rows);
    fold<Step>(Rows<T>{rows + half, 1, 0, half}, &rows);
  }
}

template <class T>
void fold_kind_by_halves(Fold kind, T* rows, std::int64_t count, std::int64_t width) {
  switch (kind) {
    case Fold::sum: return fold_by_halves<Sum>(rows, count, width);
    case Fold::maximum: return fold_by_halves<Extreme<true>>(rows, count, width);
    case Fold::minimum: return fold_by_halves<Extreme<false>>(rows, count, width);
  }
}

template <class T>
void fold_shifted(const Rows<T>& rows, const T* shift, T* sum, T* square_sum) {
  T* const states[] = {const_cast<T*>(shift), sum, square_sum};
  fold<ShiftedSums>(rows, states);
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace linseed::kernels {

template <class T>
void fold_rows(Fold fold, const Rows<T>& rows, T* result) {
  static constexpr Versions<void (*)(Fold, const Rows<T>&, T*)> kVersions{
      HWY_CHOOSE_FALLBACK(fold_kind<T>), HWY_CHOOSE_SSE4(fold_kind<T>),
      HWY_CHOOSE_AVX2(fold_kind<T>), HWY_CHOOSE_AVX3(fold_kind<T>)};
  kVersions.in_use()(fold, rows, result);
}

template <class T>
void fold_halves(Fold fold, T* rows, std::int64_t count, std::int64_t width) {
  static constexpr Versions<void (*)(Fold, T*, std::int64_t, std::int64_t)> kVersions{
      HWY_CHOOSE_FALLBACK(fold_kind_by_halves<T>), HWY_CHOOSE_SSE4(fold_kind_by_halves<T>),
      HWY_CHOOSE_AVX2(fold_kind_by_halves<T>), HWY_CHOOSE_AVX3(fold_kind_by_halves<T>)};
  kVersions.in_use()(fold, rows, count, width);
}

template <class T>
void add_shifted_rows(const Rows<T>& rows, const T* shift, T* sum, T* square_sum) {
  static constexpr Versions<void (*)(const Rows<T>&, const T*, T*, T*)> kVersions{
      HWY_CHOOSE_FALLBACK(fold_shifted<T>), HWY_CHOOSE_SSE4(fold_shifted<T>),
      HWY_CHOOSE_AVX2(fold_shifted<T>), HWY_CHOOSE_AVX3(fold_shifted<T>)};
  kVersions.in_use()(rows, shift, sum, square_sum);
}

template void fold_rows(Fold, const Rows<std::uint8_t>&, std::uint8_t*);
template void fold_rows(Fold, const Rows<std::int32_t>&, std::int32_t*);
template void fold_rows(Fold, const Rows<std::int64_t>&, std::int64_t*);
template void fold_rows(Fold, const Rows<std::uint32_t>&, std::uint32_t*);
template void fold_rows(Fold, const Rows<float>&, float*);
template void fold_rows(Fold, const Rows<double>&, double*);

template void fold_halves(Fold, std::uint8_t*, std::int64_t, std::int64_t);
template void fold_halves(Fold, std::int32_t*, std::int64_t, std::int64_t);
template void fold_halves(Fold, std::int64_t*, std::int64_t, std::int64_t);
template void fold_halves(Fold, std::uint32_t*, std::int64_t, std::int64_t);
template void fold_halves(Fold, float*, std::int64_t, std::int64_t);
template void fold_halves(Fold, double*, std::int64_t, std::int64_t);

template void add_shifted_rows(const Rows<float>&, const float*, float*, float*);
template void add_shifted_rows(const Rows<double>&, const double*, double*, double*);

}  // namespace linseed::kernels
#endif
