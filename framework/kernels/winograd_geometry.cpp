#include <linseed/framework/kernels/winograd_geometry.h>

#include <algorithm>
#include <array>

#include <linseed/framework/kernels/chunks.h>
#include <linseed/framework/kernels/winograd.h>

namespace linseed::kernels {
namespace {

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

/// body(where a row's factors are, row, image) for all rows of tiles of an item.
template <class T, class Body>
void for_each_row(const WinogradItem& item, T* images, std::int64_t size, const Body& body) {
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < item.images; ++i) {
    T* const image = images + (item.image + i) * size;
    for (std::int64_t r = item.band.begin; r < item.band.end; ++r) body(at++, r, image);
  }
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

std::int64_t WinogradGeometry::bands_for_cache() const {
  constexpr std::int64_t kBandBytes = 192 * 1024;
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

void WinogradMemory::read_input(const WinogradItem& item, const float* images) const {
  const WinogradRow& row = geometry_.input;
  const auto read = [&](std::int64_t at, std::int64_t r, const float* image) {
    std::array<const float*, 4> lines;
    std::int64_t line = geometry_.first_line + kWinogradTile * r;
    for (const float*& from : lines) {
      const bool is_inside = line >= 0 && line < geometry_.input_lines;
      from = is_inside ? image + line * row.pixels * row.channels : zeros_;
      ++line;
    }
    winograd_factors_of_input(row, lines,
                              {inputs_.first + at * geometry_.input_row(), inputs_.stride});
  };
  for_each_row(item, images, geometry_.input_size(), read);
}

void WinogradMemory::read_output(const WinogradItem& item, const float* images) const {
  const float* const zeros = zeros_;
  const auto read = [&](std::int64_t at, std::int64_t r, const float* image) {
    winograd_factors_of_output(geometry_.output, lines_of(geometry_, r, image, zeros),
                               {outputs_.first + at * geometry_.output_row(), outputs_.stride});
  };
  for_each_row(item, images, geometry_.output_size(), read);
}

void WinogradMemory::write_output(const WinogradItem& item, float* images) const {
  const auto write = [&](std::int64_t at, std::int64_t r, float* image) {
    const float* const sums = outputs_.first + at * geometry_.output_row();
    winograd_output(geometry_.output, {sums, outputs_.stride},
                    lines_of(geometry_, r, image, rest_));
  };
  for_each_row(item, images, geometry_.output_size(), write);
}

bool suits_winograd(const Correlation& c) {
  constexpr std::int64_t kEnoughChannels = 16;
  if (c.groups > 1 || c.parts.size() > 1 || c.images == 0 || volume(c.output_size) == 0) {
    return false;
  }
  if (std::min(c.in_channels, c.out_channels) < kEnoughChannels) return false;
  const auto& [depth, height, width] = c.parts.front();
  const bool is_flat = c.window_size[0] == 1 && c.input_size[0] == 1 && c.output_size[0] == 1 &&
                       !depth.taps.empty() && depth.taps.front().offset == 0;
  if (!is_flat || !is_window_of_three(height) || !is_window_of_three(width)) return false;
  // Direct sums leave out the padding. A factor of a channel costs as much as so many products.
  constexpr double kFactorCost = 4;
  const WinogradGeometry geometry(c);
  const auto direct = static_cast<double>(taps_inside(height, c.input_size[1]) *
                                          taps_inside(width, c.input_size[2]));
  const double factors = 1 + kFactorCost / static_cast<double>(c.in_channels) +
                         kFactorCost / static_cast<double>(c.out_channels);
  return static_cast<double>(kWinogradFactors * geometry.tiles()) * factors <= direct &&
         geometry.bytes(1) <= kMostBandBytes;
}

bool is_winograd(const Correlation& c) {
  constexpr std::int64_t kEnoughPositions = 64, kFewestPositions = 16;
  constexpr std::int64_t kMostBytes = 8 << 20;  // of the kernel's factors
  const std::int64_t positions = volume(c.output_size);
  const std::int64_t bytes =
      kWinogradFactors * c.in_channels * c.out_channels * std::int64_t{sizeof(float)};
  const bool is_enough =
      positions >= kEnoughPositions || (positions >= kFewestPositions && bytes <= kMostBytes);
  return is_enough && suits_winograd(c);
}

bool is_winograd_gradient(const Correlation& c) {
  constexpr std::int64_t kEnoughPositions = 16, kEnoughChunks = kMostChunks / 2;
  const std::int64_t positions = volume(c.output_size);
  return positions >= kEnoughPositions && chunks_of(c.images, positions) >= kEnoughChunks &&
         suits_winograd(c);
}

}  // namespace linseed::kernels
