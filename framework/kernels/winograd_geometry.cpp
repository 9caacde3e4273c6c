#include <linseed/framework/kernels/winograd_geometry.h>

#include <algorithm>
#include <array>

#include <linseed/framework/kernels/chunks.h>
#include <linseed/framework/kernels/winograd.h>

namespace linseed::kernels {
namespace {

constexpr std::int64_t kBandBytes = 192 * 1024;
/// Bands that are longer than that, of wide lines, would be slow and take much memory.
constexpr std::int64_t kMostBandBytes = 1 << 20;
/// Elements between factors, which would else compete for the same few lines of a cache.
constexpr std::int64_t kGap = 16;

std::int64_t tiles_of(std::int64_t positions) {
  return (positions + kWinogradTile - 1) / kWinogradTile;
}

/// The lines of the output that a row of tiles is; `outside` for one that the image lacks.
template <class T>
std::array<T*, 2> lines_of(const WinogradGeometry& geometry, std::int64_t row, T* image,
                           T* outside) {
  const std::int64_t line = geometry.output.pixels * geometry.output.channels;
  T* const first = image + kWinogradTile * row * line;
  const bool is_pair = kWinogradTile * row + 1 < geometry.output_lines;
  return {first, is_pair ? first + line : outside};
}

bool is_window_of_three(const TapAxis& axis) {
  return axis.stride == 1 && axis.step == 1 && are_neighbours(axis.taps) &&
         static_cast<std::int64_t>(axis.taps.size()) == kWinogradTaps;
}

}  // namespace

WinogradGeometry::WinogradGeometry(const Correlation& c)
    : input_lines(c.input_size[1]), output_lines(c.output_size[1]) {
  const auto& [depth, height, width] = c.parts.front();
  const std::int64_t tiles = tiles_of(width.count);
  input = {c.input_size[2], c.in_channels, tiles, width.taps.front().offset};
  output = {c.output_size[2], c.out_channels, tiles};
  rows = tiles_of(height.count);
  first_line = height.taps.front().offset;
}

std::vector<Band> WinogradGeometry::bands(std::int64_t count) const {
  count = std::clamp<std::int64_t>(count, 1, std::max<std::int64_t>(rows, 1));
  std::vector<Band> bands;
  for (std::int64_t i = 0; i < count; ++i) {
    bands.push_back({i * rows / count, (i + 1) * rows / count});
  }
  return bands;
}

std::int64_t WinogradGeometry::bands_for_cache() const {
  return (bytes(rows) + kBandBytes - 1) / kBandBytes;
}

double WinogradGeometry::cost() const {
  constexpr double kOfTransforms = 1.5;  // of a channel of a tile
  return cost_of_products<float>(tiles(), output.channels, kWinogradFactors * input.channels) +
         kOfTransforms * static_cast<double>(rows * (input_row() + output_row()));
}

WinogradMemory::WinogradMemory(const WinogradGeometry& geometry, std::int64_t rows)
    : geometry_(geometry) {
  const WinogradRow &in = geometry.input, &out = geometry.output;
  inputs_.stride = rows * geometry.input_row() + kGap;
  outputs_.stride = rows * geometry.output_row() + kGap;
  const std::int64_t line = std::max(in.pixels * in.channels, out.pixels * out.channels);
  const std::int64_t elements =
      kWinogradFactors * (inputs_.stride + outputs_.stride) + line + out.pixels * out.channels;
  buffer_ = std::make_unique<Buffer>(static_cast<std::size_t>(elements) * sizeof(float));
  inputs_.first = static_cast<float*>(buffer_->data());
  outputs_.first = inputs_.first + kWinogradFactors * inputs_.stride;
  zeros_ = outputs_.first + kWinogradFactors * outputs_.stride;
  rest_ = std::fill_n(zeros_, line, 0.F);
}

void WinogradMemory::read_input(const Band& band, const float* image, std::int64_t at) const {
  const WinogradRow& row = geometry_.input;
  for (std::int64_t r = band.begin; r < band.end; ++r, ++at) {
    std::array<const float*, 4> lines;
    std::int64_t line = geometry_.first_line + kWinogradTile * r;
    for (const float*& from : lines) {
      const bool is_inside = line >= 0 && line < geometry_.input_lines;
      from = is_inside ? image + line * row.pixels * row.channels : zeros_;
      ++line;
    }
    winograd_factors_of_input(row, lines,
                              {inputs_.first + at * geometry_.input_row(), inputs_.stride});
  }
}

void WinogradMemory::read_output(const Band& band, const float* image, std::int64_t at) const {
  const float* const zeros = zeros_;
  for (std::int64_t r = band.begin; r < band.end; ++r, ++at) {
    winograd_factors_of_output(geometry_.output, lines_of(geometry_, r, image, zeros),
                               {outputs_.first + at * geometry_.output_row(), outputs_.stride});
  }
}

void WinogradMemory::write_output(const Band& band, float* image) const {
  for (std::int64_t r = band.begin; r < band.end; ++r) {
    const float* const sums = outputs_.first + (r - band.begin) * geometry_.output_row();
    winograd_output(geometry_.output, {sums, outputs_.stride},
                    lines_of(geometry_, r, image, rest_));
  }
}

bool suits_winograd(const Correlation& c) {
  constexpr std::int64_t kEnoughChannels = 16;
  if (c.groups > 1 || c.parts.size() > 1 || c.images == 0 || volume(c.output_size) == 0) {
    return false;
  }
  if (std::min(c.in_channels, c.out_channels) < kEnoughChannels) return false;
  const auto& [depth, height, width] = c.parts.front();
  const bool is_flat = c.window_size[0] == 1 && c.input_size[0] == 1 && c.output_size[0] == 1 &&
                       depth.taps.front().offset == 0;
  if (!is_flat || !is_window_of_three(height) || !is_window_of_three(width)) return false;
  // At most 2/3 of the products of direct sums, which leave out the padding.
  const WinogradGeometry geometry(c);
  const std::int64_t direct =
      taps_inside(height, c.input_size[1]) * taps_inside(width, c.input_size[2]);
  const std::int64_t products = kWinogradFactors * geometry.tiles();
  return 3 * products <= 2 * direct && geometry.bytes(1) <= kMostBandBytes;
}

bool is_winograd(const Correlation& c) {
  constexpr std::int64_t kEnoughPositions = 64;
  return volume(c.output_size) >= kEnoughPositions && suits_winograd(c);
}

bool is_winograd_gradient(const Correlation& c) {
  constexpr std::int64_t kEnoughPositions = 16, kEnoughChunks = kMostChunks / 2;
  const std::int64_t positions = volume(c.output_size);
  return positions >= kEnoughPositions && chunks_of(c.images, positions) >= kEnoughChunks &&
         suits_winograd(c);
}

}  // namespace linseed::kernels
