// Writes pictures like those of write_small_data, of class 3, without noise: a white block in
// columns 9 to 11 of 28 × 28. And others, that are to be converted or refused.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <stb_image_write.h>

namespace {

/// `scale` times as large, with `channels`: grey or colour, and opacity if their number is even.
std::vector<std::uint8_t> pixels(int scale, int channels, bool inverted) {
  std::vector<std::uint8_t> bytes;
  for (int y = 0; y < 28 * scale; ++y) {
    for (int x = 0; x < 28 * scale; ++x) {
      const bool white = (x / scale / 3 == 3) != inverted;
      for (int channel = 0; channel < channels; ++channel) {
        const bool opacity = channels % 2 == 0 && channel == channels - 1;
        bytes.push_back(white || opacity ? 255 : 0);
      }
    }
  }
  return bytes;
}

bool write(const std::filesystem::path& file, int scale, int channels, bool inverted = false) {
  const auto bytes = pixels(scale, channels, inverted);
  const int side = 28 * scale;
  if (file.extension() == ".jpg") {
    return stbi_write_jpg(file.c_str(), side, side, channels, bytes.data(), 95) != 0;
  }
  return stbi_write_png(file.c_str(), side, side, channels, bytes.data(), side * channels) != 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_pictures DIRECTORY\n");
    return 2;
  }
  const std::filesystem::path folder(argv[1]);
  std::filesystem::create_directories(folder);
  const bool written = write(folder / "grey.png", 1, 1) && write(folder / "colour.png", 1, 3) &&
                       write(folder / "large.png", 4, 4) && write(folder / "photo.jpg", 4, 3) &&
                       write(folder / "dark.png", 1, 1, true) && write(folder / "broken.png", 4, 3);
  std::filesystem::resize_file(folder / "broken.png", 90);
  std::ofstream(folder / "text.png") << "no picture\n";
  return written ? 0 : 1;
}
