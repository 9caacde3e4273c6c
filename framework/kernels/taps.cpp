#include <linseed/framework/kernels/taps.h>

#include <algorithm>

namespace linseed::kernels {
namespace {

/// ⌈a / b⌉ for b > 0.
std::int64_t divide_up(std::int64_t a, std::int64_t b) { return a > 0 ? (a + b - 1) / b : a / b; }

/// Positions [begin, end) of an axis.
struct Stretch {
  std::int64_t begin;
  std::int64_t end;
};

/// Where a tap is inside of the input.
Stretch inside(const TapAxis& axis, const Tap& tap, std::int64_t input_size) {
  const std::int64_t begin =
      std::clamp<std::int64_t>(divide_up(-tap.offset, axis.stride), 0, axis.count);
  const std::int64_t end = divide_up(input_size - tap.offset, axis.stride);
  return {begin, std::clamp(end, begin, axis.count)};
}

TapAxis adjoint_axis(const Window& window, std::size_t d, std::int64_t window_size,
                     std::int64_t input_size, std::int64_t residue) {
  const std::int64_t stride = window.stride[d];
  TapAxis axis{residue, stride, divide_up(input_size - residue, stride), 1, {}};
  // x[residue + stride · j] is read by the output position i at the place k where
  // i · stride + k · dilation − pad_low = residue + stride · j.
  for (std::int64_t place = window_size - 1; place >= 0; --place) {
    const std::int64_t distance = residue + window.pad_low[d] - place * window.dilation[d];
    if (distance % stride == 0) axis.taps.push_back({window_size - 1 - place, distance / stride});
  }
  return axis;
}

}  // namespace

TapAxes convolution_taps(const Window& window, const Spatial& window_size,
                         const Spatial& positions) {
  TapAxes axes;
  for (std::size_t d = 0; d < axes.size(); ++d) {
    axes[d] = {0, 1, positions[d], window.stride[d], {}};
    for (std::int64_t place = 0; place < window_size[d]; ++place) {
      axes[d].taps.push_back({place, place * window.dilation[d] - window.pad_low[d]});
    }
  }
  return axes;
}

std::vector<TapAxes> adjoint_taps(const Window& window, const Spatial& window_size,
                                  const Spatial& input_size) {
  std::vector<TapAxes> all;
  Spatial residue{};
  for (residue[0] = 0; residue[0] < window.stride[0]; ++residue[0]) {
    for (residue[1] = 0; residue[1] < window.stride[1]; ++residue[1]) {
      for (residue[2] = 0; residue[2] < window.stride[2]; ++residue[2]) {
        TapAxes axes;
        for (std::size_t d = 0; d < axes.size(); ++d) {
          axes[d] = adjoint_axis(window, d, window_size[d], input_size[d], residue[d]);
        }
        const auto is_empty = [](const TapAxis& axis) { return axis.count == 0; };
        if (all.empty() || std::ranges::none_of(axes, is_empty)) all.push_back(std::move(axes));
      }
    }
  }
  return all;
}

std::vector<TapSegment> tap_segments(const TapAxis& axis, std::int64_t input_size) {
  std::vector<std::int64_t> cuts{0, axis.count};
  for (const Tap& tap : axis.taps) {
    const Stretch positions = inside(axis, tap, input_size);
    cuts.insert(cuts.end(), {positions.begin, positions.end});
  }
  std::ranges::sort(cuts);
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());

  std::vector<TapSegment> segments;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    TapSegment segment{cuts[i], cuts[i + 1], 0, 0};
    const auto is_inside = [&](const Tap& tap) {
      const Stretch positions = inside(axis, tap, input_size);
      return positions.begin <= segment.begin && segment.end <= positions.end;
    };
    const auto first = std::ranges::find_if(axis.taps, is_inside);
    segment.first_tap = first - axis.taps.begin();
    segment.last_tap = std::find_if_not(first, axis.taps.end(), is_inside) - axis.taps.begin();
    segments.push_back(segment);
  }
  return segments;
}

std::int64_t taps_inside(const TapAxis& axis, std::int64_t input_size) {
  std::int64_t count = 0;
  for (const Tap& tap : axis.taps) {
    const Stretch positions = inside(axis, tap, input_size);
    count += positions.end - positions.begin;
  }
  return count;
}

TapSegments tap_segments(const TapAxes& axes, const Spatial& input_size) {
  TapSegments segments;
  for (std::size_t d = 0; d < axes.size(); ++d) segments[d] = tap_segments(axes[d], input_size[d]);
  return segments;
}

bool are_neighbours(std::span<const Tap> taps) {
  return std::ranges::adjacent_find(taps, [](const Tap& a, const Tap& b) {
           return b.offset != a.offset + 1 || b.place != a.place + 1;
         }) == taps.end();
}

}  // namespace linseed::kernels
