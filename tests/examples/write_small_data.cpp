// Writes a small data set in the files of Fashion-MNIST: 400 images to train on, 100 to test with.
// Images of class c are brightest in column block c, with noise, so that they can be learned.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

void write_number(std::ofstream& file, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) file.put(static_cast<char>(number >> shift));
}

void write_part(const std::filesystem::path& directory, const std::string& part,
                std::uint32_t count) {
  std::ofstream images(directory / (part + "-images-idx3-ubyte"), std::ios::binary);
  std::ofstream labels(directory / (part + "-labels-idx1-ubyte"), std::ios::binary);
  for (const std::uint32_t number : {0x803U, count, 28U, 28U}) write_number(images, number);
  for (const std::uint32_t number : {0x801U, count}) write_number(labels, number);
  std::uint32_t noise = count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t label = i * 7 % 10;
    labels.put(static_cast<char>(label));
    for (std::uint32_t pixel = 0; pixel < 28 * 28; ++pixel) {
      noise = noise * 1664525 + 1013904223;
      const std::uint32_t column = pixel % 28;
      const std::uint32_t signal = column / 3 == label ? 128 : 0;
      images.put(static_cast<char>(signal + (noise >> 25)));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_small_data DIRECTORY\n");
    return 2;
  }
  const std::filesystem::path directory(argv[1]);
  std::filesystem::create_directories(directory);
  write_part(directory, "train", 400);
  write_part(directory, "t10k", 100);
}
