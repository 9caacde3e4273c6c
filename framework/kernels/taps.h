// The geometry of a convolution taken apart, one spatial dimension at a time: what each output
// position reads, and which positions read alike.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <linseed/framework/kernels/window.h>

namespace linseed::kernels {

/// A place of the window, and how far from `stride` · position it reads.
struct Tap {
  std::int64_t place;
  std::int64_t offset;
};

/// For j < count, with zeros outside of the input,
///   output[first + step · j] = Σ_t input[stride · j + taps[t].offset] · kernel[taps[t].place].
struct TapAxis {
  std::int64_t first;
  std::int64_t step;
  std::int64_t count;
  std::int64_t stride;
  std::vector<Tap> taps;  // by ascending offset
};

/// Depth, height and width of one such sum.
using TapAxes = std::array<TapAxis, 3>;

/// A convolution: each output position from the input where its window lies.
TapAxes convolution_taps(const Window& window, const Spatial& window_size,
                         const Spatial& positions);

/// Its adjoint, which is a sum over output positions for each input position, with the kernel
/// reversed along each dimension. Input positions with one residue by the stride read alike: one
/// set of axes for each combination of residues that positions have, which together cover the
/// input; one where there are none.
std::vector<TapAxes> adjoint_taps(const Window& window, const Spatial& window_size,
                                  const Spatial& input_size);

/// Neighbouring positions [begin, end) of which the same taps [first_tap, last_tap), and no others,
/// are inside of the input.
struct TapSegment {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t first_tap;
  std::int64_t last_tap;

  std::int64_t size() const { return end - begin; }
};

/// All positions of an axis over an input of that size, in order.
std::vector<TapSegment> tap_segments(const TapAxis& axis, std::int64_t input_size);

/// The same of each axis.
using TapSegments = std::array<std::vector<TapSegment>, 3>;
TapSegments tap_segments(const TapAxes& axes, const Spatial& input_size);

/// How many taps of all positions together are inside of the input.
std::int64_t taps_inside(const TapAxis& axis, std::int64_t input_size);

/// The taps of a segment.
inline std::span<const Tap> taps_in(const TapAxis& axis, const TapSegment& segment) {
  return std::span(axis.taps).subspan(
      static_cast<std::size_t>(segment.first_tap),
      static_cast<std::size_t>(segment.last_tap - segment.first_tap));
}

/// Whether each tap is the next after the one before it, in the input and in the window alike.
bool are_neighbours(std::span<const Tap> taps);

/// Positions that read the same taps along each dimension.
using Box = std::array<TapSegment, 3>;

/// Calls visit(box) for all boxes, which together have each position once.
template <class Visit>
void for_each_box(const TapSegments& segments, const Visit& visit) {
  for (const TapSegment& i : segments[0]) {
    for (const TapSegment& j : segments[1]) {
      for (const TapSegment& k : segments[2]) visit(Box{i, j, k});
    }
  }
}

/// How far a step along each dimension moves in an image whose pixels are so many elements.
inline Spatial strides_of(const Spatial& size, std::int64_t pixel) {
  return {size[1] * size[2] * pixel, size[2] * pixel, pixel};
}

}  // namespace linseed::kernels
