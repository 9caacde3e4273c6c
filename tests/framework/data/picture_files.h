// PNG and JPEG files, for the tests of the data readers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include <stb_image_write.h>

namespace linseed::test {

using Bytes = std::vector<std::uint8_t>;

inline std::filesystem::path write_png(const std::filesystem::path& file, int height, int width,
                                       int channels, const Bytes& pixels) {
  std::filesystem::create_directories(file.parent_path());
  if (stbi_write_png(file.c_str(), width, height, channels, pixels.data(), 0) == 0) {
    throw std::runtime_error("cannot write " + file.string());
  }
  return file;
}

inline std::filesystem::path write_jpeg(const std::filesystem::path& file, int height, int width,
                                        const Bytes& pixels) {
  std::filesystem::create_directories(file.parent_path());
  if (stbi_write_jpg(file.c_str(), width, height, 3, pixels.data(), 95) == 0) {
    throw std::runtime_error("cannot write " + file.string());
  }
  return file;
}

/// A grey picture of one value.
inline std::filesystem::path write_grey(const std::filesystem::path& file, int value,
                                        int height = 2, int width = 2) {
  const auto pixels = static_cast<std::size_t>(height * width);
  return write_png(file, height, width, 1, Bytes(pixels, static_cast<std::uint8_t>(value)));
}

}  // namespace linseed::test
