// How a correlation by F(2 × 2, 3 × 3) goes through images: what its two directions share.
#pragma once

#include <memory>
#include <vector>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/correlation.h>
#include <linseed/framework/kernels/winograd_tiles.h>

namespace linseed::kernels {

/// Rows of tiles [begin, end) of an image.
struct Band {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t rows() const { return end - begin; }
};

struct WinogradGeometry {
  WinogradRow input;
  WinogradRow output;
  std::int64_t rows;         // of tiles in an image
  std::int64_t first_line;   // of the input: what the first row of tiles reads
  std::int64_t input_lines;  // in an image
  std::int64_t output_lines;

  explicit WinogradGeometry(const Correlation& c);

  std::int64_t tiles() const { return rows * input.tiles; }
  std::int64_t tiles(const Band& band) const { return band.rows() * input.tiles; }
  /// Elements of a factor of a row of tiles.
  std::int64_t input_row() const { return input.tiles * input.channels; }
  std::int64_t output_row() const { return output.tiles * output.channels; }
  /// Of all factors of so many rows of both sides.
  std::int64_t bytes(std::int64_t of_rows) const {
    return of_rows * kWinogradFactors * (input_row() + output_row()) * std::int64_t{sizeof(float)};
  }

  /// The work of an image, in ns.
  double cost() const;

  /// About what a band reads of some images, without what the one before has read; and what it
  /// writes.
  Ahead input_ahead(const Band& band, const float* first, std::int64_t images) const {
    return ahead(input, input_lines, band, first, images);
  }
  Ahead output_ahead(const Band& band, const float* first, std::int64_t images) const {
    return ahead(output, output_lines, band, first, images);
  }

  /// An image in `count` bands, at most as many as it has rows.
  std::vector<Band> bands(std::int64_t count) const;
  /// In as many that each stays in a second-level cache.
  std::int64_t bands_for_cache() const;

 private:
  static Ahead ahead(const WinogradRow& row, std::int64_t lines, const Band& band,
                     const float* first, std::int64_t images) {
    const std::int64_t line = row.pixels * row.channels;
    const auto bytes = [=](std::int64_t count) {
      return count * line * std::int64_t{sizeof(float)};
    };
    return {first + kWinogradTile * band.begin * line, images, bytes(kWinogradTile * band.rows()),
            bytes(lines)};
  }
};

/// A thread's memory for the factors of both sides, of so many rows of tiles.
class WinogradMemory {
 public:
  WinogradMemory(const WinogradGeometry& geometry, std::int64_t rows);

  WinogradFactors<float> inputs() const { return inputs_; }
  WinogradFactors<float> outputs() const { return outputs_; }

  /// The factors of a band of an image of the input, or of cotangents of the output, from row `at`
  /// on.
  void read_input(const Band& band, const float* image, std::int64_t at) const;
  void read_output(const Band& band, const float* image, std::int64_t at) const;
  /// The band of an image that sums of products, where the factors of the output are, give.
  void write_output(const Band& band, float* image) const;

 private:
  const WinogradGeometry& geometry_;
  std::unique_ptr<Buffer> buffer_;
  WinogradFactors<float> inputs_;
  WinogradFactors<float> outputs_;
  float* zeros_;  // a line
  float* rest_;   // what lies outside of an image
};

}  // namespace linseed::kernels
