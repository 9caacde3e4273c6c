#include <linseed/framework/kernels/winograd_geometry.h>

#include <algorithm>

#include <linseed/framework/kernels/chunks.h>
#include <linseed/framework/kernels/winograd.h>

namespace linseed::kernels {
namespace {

constexpr std::int64_t kBandBytes = 96 * 1024;
/// Bands that are longer than that, of wide lines, would be slow and take much memory.
constexpr std::int64_t kMostBandBytes = 1 << 20;

}  // namespace

WinogradGeometry::WinogradGeometry(const Correlation& c)
    : height(c.parts.front()[1]), input_lines_(c.input_size[1]) {
  const TapAxis& width = c.parts.front()[2];
  const std::int64_t tiles = (width.count + kWinogradTile - 1) / kWinogradTile;
  input = {c.input_size[2], c.in_channels, tiles, width.taps.front().offset};
  output = {c.output_size[2], c.out_channels, tiles};
}

std::vector<Band> WinogradGeometry::bands(std::int64_t count) const {
  count = std::clamp<std::int64_t>(count, 1, std::max<std::int64_t>(height.count, 1));
  const auto inside = [&](std::int64_t line) {
    return std::clamp<std::int64_t>(line, 0, input_lines_);
  };
  std::vector<Band> bands;
  for (std::int64_t i = 0; i < count; ++i) {
    const Lines lines{i * height.count / count, (i + 1) * height.count / count};
    bands.push_back({lines,
                     {inside(lines.begin + height.taps.front().offset),
                      inside(lines.end + height.taps.back().offset)}});
  }
  return bands;
}

std::int64_t WinogradGeometry::bands_for_cache() const {
  const std::int64_t wanted =
      (bytes({0, input_lines_}, {0, height.count}) + kBandBytes - 1) / kBandBytes;
  return std::min(wanted, std::max<std::int64_t>(height.count / reach(), 1));
}

bool suits_winograd(const Correlation& c) {
  constexpr std::int64_t kEnoughChannels = 16;
  if (c.groups > 1 || c.parts.size() > 1 || c.images == 0 || volume(c.output_size) == 0) {
    return false;
  }
  if (std::min(c.in_channels, c.out_channels) < kEnoughChannels) return false;
  const auto moves_by_one = [](const TapAxis& axis) {
    return axis.stride == 1 && axis.step == 1 && !axis.taps.empty();
  };
  const TapAxes& axes = c.parts.front();
  const bool is_flat = c.window_size[0] == 1 && c.input_size[0] == 1 && c.output_size[0] == 1;
  if (!is_flat || !std::ranges::all_of(axes, moves_by_one) || !are_neighbours(axes[2].taps) ||
      static_cast<std::int64_t>(axes[2].taps.size()) != kWinogradTaps) {
    return false;
  }
  // Along the width, at most 5/6 of the products: at its ends, direct ones leave out the padding.
  std::int64_t direct = 0;
  for (const TapSegment& segment : tap_segments(axes[2], c.input_size[2])) {
    direct += segment.size() * (segment.last_tap - segment.first_tap);
  }
  const WinogradGeometry geometry(c);
  if (6 * kWinogradFactors * geometry.tiles() > 5 * direct) return false;
  const auto bands = geometry.bands(geometry.bands_for_cache());
  return std::ranges::all_of(bands, [&](const Band& band) {
    return geometry.bytes(band.input, band.output) <= kMostBandBytes;
  });
}

bool is_winograd(const Correlation& c) {
  constexpr std::int64_t kEnoughPositions = 64;
  return volume(c.output_size) >= kEnoughPositions && suits_winograd(c);
}

bool is_winograd_gradient(const Correlation& c) {
  constexpr std::int64_t kEnoughPositions = 16;
  const std::int64_t positions = volume(c.output_size);
  return positions >= kEnoughPositions && chunks_of(c.images, positions) == kMostChunks &&
         suits_winograd(c);
}

}  // namespace linseed::kernels
