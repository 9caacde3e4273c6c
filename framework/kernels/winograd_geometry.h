// How a correlation by F(2, 3) goes through lines: what its two directions share.
#pragma once

#include <vector>

#include <linseed/framework/kernels/correlation.h>
#include <linseed/framework/kernels/winograd_tiles.h>

namespace linseed::kernels {

/// Lines [begin, end).
struct Lines {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t size() const { return end - begin; }
};

/// Part of an image: lines of its output, and what they read of its input.
struct Band {
  Lines output;
  Lines input;
};

struct WinogradGeometry {
  const TapAxis& height;
  WinogradLine input;
  WinogradLine output;

  explicit WinogradGeometry(const Correlation& c);

  std::int64_t tiles() const { return output.tiles; }
  /// Elements of a line's factor.
  std::int64_t input_line() const { return input.tiles * input.channels; }
  std::int64_t output_line() const { return output.tiles * output.channels; }
  /// Of all factors of so many lines of both.
  std::int64_t bytes(const Lines& inputs, const Lines& outputs) const {
    return kWinogradFactors * std::int64_t{sizeof(float)} *
           (inputs.size() * input_line() + outputs.size() * output_line());
  }

  /// Lines of the input that a window reaches over.
  std::int64_t reach() const { return height.taps.back().offset - height.taps.front().offset + 1; }
  /// An image in `count` bands, at most as many as it has lines.
  std::vector<Band> bands(std::int64_t count) const;
  /// In as many that each stays in a second-level cache, but of no fewer lines than a window
  /// reaches over, since most of them would be read twice.
  std::int64_t bands_for_cache() const;

 private:
  std::int64_t input_lines_;
};

}  // namespace linseed::kernels
