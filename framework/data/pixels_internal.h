// Stored pixels to those of an Image.
#pragma once

#include <cstdint>
#include <span>

#include <linseed/framework/data/image.h>

namespace linseed::data {

/// A byte as a number in [0, 1]: 255 becomes 1.
inline float to_unit(std::uint8_t byte) { return static_cast<float>(byte) / 255.f; }
inline float to_unit(float value) { return value; }

/// Values that lie as the image does.
template <class T>
void unpack(const T* from, std::span<float> pixels) {
  for (float& pixel : pixels) pixel = to_unit(*from++);
}

/// Planes [channels, height, width] to pixels [height, width, channels].
template <class T>
void unpack_planes(const T* from, const ImageShape& shape, std::span<float> pixels) {
  const std::int64_t plane = shape.height * shape.width;
  for (std::int64_t channel = 0; channel < shape.channels; ++channel) {
    float* to = pixels.data() + channel;
    for (std::int64_t i = 0; i < plane; ++i, to += shape.channels) *to = to_unit(*from++);
  }
}

}  // namespace linseed::data
