// How a correlation by F(2 × 2, 3 × 3) goes through images: what its two directions share.
#pragma once

#include <algorithm>
#include <memory>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/correlation.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/winograd_tiles.h>

namespace linseed::kernels {

/// Rows of tiles [begin, end) of an image.
struct Band {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t rows() const { return end - begin; }
};

/// What is worked on at once: a band of some images, one below the other.
struct WinogradItem {
  Band band;
  std::int64_t image;   // the first
  std::int64_t images;  // 0: nothing
  std::int64_t rows() const { return images * band.rows(); }
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
  std::int64_t tiles(const WinogradItem& item) const { return item.rows() * input.tiles; }
  /// Elements of an image.
  std::int64_t input_size() const { return input_lines * input.pixels * input.channels; }
  std::int64_t output_size() const { return output_lines * output.pixels * output.channels; }
  /// Elements of a factor of a row of tiles.
  std::int64_t input_row() const { return input.tiles * input.channels; }
  std::int64_t output_row() const { return output.tiles * output.channels; }
  /// Of all factors of so many rows of both sides.
  std::int64_t bytes(std::int64_t of_rows) const {
    return of_rows * kWinogradFactors * (input_row() + output_row()) * std::int64_t{sizeof(float)};
  }

  /// In as many bands as stay in a second-level cache.
  std::int64_t bands_for_cache() const;

  /// The work of an image, in ns.
  double cost() const;

  /// About what an item reads, without what the band before has read; and what it writes.
  Ahead input_ahead(const WinogradItem& item, const float* images) const {
    return ahead(input, input_size(), item, images);
  }
  Ahead output_ahead(const WinogradItem& item, const float* images) const {
    return ahead(output, output_size(), item, images);
  }

 private:
  static Ahead ahead(const WinogradRow& row, std::int64_t size, const WinogradItem& item,
                     const float* images) {
    if (item.images == 0) return {};
    const std::int64_t lines = kWinogradTile * row.pixels * row.channels;  // that a row of tiles is
    const std::int64_t bytes = sizeof(float);
    return {images + item.image * size + item.band.begin * lines, item.images,
            item.band.rows() * lines * bytes, size * bytes};
  }
};

/// Images cut into items: so many at once, each in `bands`, at most as many as it has rows.
class WinogradItems {
 public:
  WinogradItems(const WinogradGeometry& geometry, std::int64_t at_once, std::int64_t bands)
      : rows_(geometry.rows),
        at_once_(at_once),
        bands_(std::clamp<std::int64_t>(bands, 1, std::max<std::int64_t>(rows_, 1))) {}

  /// Of so many images.
  std::int64_t count(std::int64_t images) const {
    return (images + at_once_ - 1) / at_once_ * bands_;
  }
  /// Number i of those of the images [first, last); of no images, if there are not so many.
  WinogradItem item(std::int64_t i, std::int64_t first, std::int64_t last) const {
    const std::int64_t image = first + i / bands_ * at_once_, band = i % bands_;
    return {{band * rows_ / bands_, (band + 1) * rows_ / bands_},
            image,
            std::clamp<std::int64_t>(last - image, 0, at_once_)};
  }
  std::int64_t images() const { return at_once_; }
  std::int64_t bands() const { return bands_; }
  /// Of tiles, in an item.
  std::int64_t most_rows() const { return (rows_ + bands_ - 1) / bands_ * at_once_; }

 private:
  std::int64_t rows_;
  std::int64_t at_once_;
  std::int64_t bands_;
};

/// A thread's memory for the factors of both sides, of so many rows of tiles.
class WinogradMemory {
 public:
  WinogradMemory(const WinogradGeometry& geometry, std::int64_t rows);

  WinogradFactors<float> inputs() const { return inputs_; }
  WinogradFactors<float> outputs() const { return outputs_; }

  /// The factors of an item of the input, or of cotangents of the output.
  void read_input(const WinogradItem& item, const float* images) const;
  void read_output(const WinogradItem& item, const float* images) const;
  /// The item that sums of products, where the factors of the output are, give.
  void write_output(const WinogradItem& item, float* images) const;

 private:
  const WinogradGeometry& geometry_;
  std::unique_ptr<Buffer> buffer_;
  WinogradFactors<float> inputs_;
  WinogradFactors<float> outputs_;
  float* zeros_;  // a line
  float* rest_;   // what lies outside of an image
};

}  // namespace linseed::kernels
