// The positions of a line one after the other, for kernels written with Highway: part of each of
// the namespaces that foreach_target.h makes, so it is included once for each, after it.
#if defined(LINSEED_WINDOW_WALK_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LINSEED_WINDOW_WALK_INL_H
#undef LINSEED_WINDOW_WALK_INL_H
#else
#define LINSEED_WINDOW_WALK_INL_H
#endif

#include <algorithm>
#include <cstdint>

#include <linseed/framework/kernels/vector_tiles_inl.h>
#include <linseed/framework/kernels/window_lines.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

/// Positions of fewer channels are joined, ...
constexpr std::int64_t kNarrow = 16;
/// ... to so many elements.
constexpr std::int64_t kJoined = 256;

/// So many positions, and how far they lie apart in what is read and in what is written.
struct Walk {
  std::int64_t count;
  std::int64_t channels;
  std::int64_t read_step;
  std::int64_t written_step;

  Walk(const WindowLines& all, const WindowLine& line)
      : count(line.count),
        channels(all.channels),
        read_step(all.input_step),
        written_step(all.output_step) {}
};

/// Spreads positions that lie side by side: the longer loop is the inner one.
template <class T>
HWY_INLINE void spread(const Walk& walk, const T* joined, std::int64_t count, T* output) {
  const std::int64_t channels = walk.channels, step = walk.written_step;
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

/// The loop's results at all positions.
template <class T, class Loop>
HWY_INLINE void for_each_position(const Walk& walk, Loop loop) {
  for (std::int64_t p = 0; p < walk.count; ++p) {
    for_each_tile<4, T>(loop, walk.channels);
    loop.advance(walk.read_step, walk.written_step);
  }
}

/// The same. Where neighbours read neighbouring elements, as adjoints do, narrow ones are made
/// together, as if they were channels of one position.
template <class T, class Loop>
HWY_INLINE void for_each_gathered(const Walk& walk, Loop loop) {
  if (walk.read_step != walk.channels || walk.channels >= kNarrow) {
    return for_each_position<T>(walk, loop);
  }
  T joined[kJoined];
  T* output = loop.output;
  for (std::int64_t p = 0, count = 0; p < walk.count; p += count) {
    count = std::min(walk.count - p, kJoined / walk.channels);
    loop.output = joined;
    for_each_tile<4, T>(loop, count * walk.channels);
    loop.advance(count * walk.read_step, 0);
    spread(walk, joined, count, output);
    output += count * walk.written_step;
  }
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
