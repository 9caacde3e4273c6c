// An image in memory, as readers fill it and transforms change it.
#pragma once

#include <cstdint>
#include <vector>

#include <linseed/framework/core/shape.h>

namespace linseed::data {

/// The sizes of an image. The channels of a pixel lie side by side, as everywhere in linseed.
struct ImageShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;

  /// Number of values.
  std::int64_t size() const { return height * width * channels; }
  Shape dims() const { return {height, width, channels}; }
  bool operator==(const ImageShape&) const = default;
};

/// An image [height, width, channels], row-major, in [0, 1] unless a transform leaves that range.
struct Image {
  ImageShape shape;
  std::vector<float> pixels;

  /// The channels of one pixel.
  float* at(std::int64_t y, std::int64_t x) { return pixels.data() + place(y, x); }
  const float* at(std::int64_t y, std::int64_t x) const { return pixels.data() + place(y, x); }

 private:
  std::int64_t place(std::int64_t y, std::int64_t x) const {
    return (y * shape.width + x) * shape.channels;
  }
};

}  // namespace linseed::data
