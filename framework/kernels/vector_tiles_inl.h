// Rows cut into tiles of vectors, for kernels written with Highway: part of each of the namespaces
// that foreach_target.h makes, so it is included once for each, after it.
#if defined(LINSEED_VECTOR_TILES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LINSEED_VECTOR_TILES_INL_H
#undef LINSEED_VECTOR_TILES_INL_H
#else
#define LINSEED_VECTOR_TILES_INL_H
#endif

#include <cstdint>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Calls loop.tile<vectors>(d, column) for columns from `column` on; what is left is no vector of
/// d.
template <int max_vectors, class D, class Loop>
HWY_INLINE std::int64_t for_tiles_of(D d, const Loop& loop, std::int64_t column,
                                     std::int64_t width) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (; column + max_vectors * lanes <= width; column += max_vectors * lanes) {
    loop.template tile<max_vectors>(d, column);
  }
  if constexpr (max_vectors > 1) return for_tiles_of<max_vectors / 2>(d, loop, column, width);
  return column;
}

/// Calls loop.tile<vectors>(d, column), with up to `max_vectors` vectors of a tag d, for columns
/// that together are [0, width): in whole vectors, then by four, and one by one.
template <int max_vectors, class T, class Loop>
HWY_INLINE void for_each_tile(const Loop& loop, std::int64_t width) {
  const hn::CappedTag<T, 16> whole;
  const hn::CappedTag<T, 4> quarter;
  const hn::CappedTag<T, 1> single;
  std::int64_t column = for_tiles_of<max_vectors>(whole, loop, 0, width);
  if (hn::Lanes(whole) > 4) column = for_tiles_of<2>(quarter, loop, column, width);
  if (hn::Lanes(whole) > 1) for_tiles_of<2>(single, loop, column, width);
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
