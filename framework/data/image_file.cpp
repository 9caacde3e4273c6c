#include <linseed/framework/data/image_file.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

#include <zlib.h>

// stb, in this source alone: all that it defines is static.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_NO_STDIO
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_MAX_DIMENSIONS 16384
#include <stb_image.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/file_bytes_internal.h>
#include <linseed/framework/data/jpeg_internal.h>
#include <linseed/framework/data/pixels_internal.h>
#include <linseed/framework/data/resize.h>

namespace linseed::data {
namespace {

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t result = 0;
  for (const char byte : bytes.substr(0, 4)) result = result << 8 | static_cast<std::uint8_t>(byte);
  return result;
}

/// What is wrong with the chunks of a PNG (length, name, data, checksum of name and data), which
/// stb_image takes on trust.
std::optional<std::string> flaw_of_png(std::string_view bytes) {
  bytes.remove_prefix(8);
  while (bytes.size() >= 12) {
    const std::size_t length = big_endian(bytes);
    if (length > bytes.size() - 12) break;
    const std::string_view checked = bytes.substr(4, length + 4);
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
    if (crc != big_endian(bytes.substr(8 + length))) return "a checksum differs";
    if (checked.substr(0, 4) == "IEND") return std::nullopt;
    bytes.remove_prefix(length + 12);
  }
  return "it ends early";
}

bool is_jpeg(std::string_view bytes) { return bytes.starts_with("\xFF\xD8\xFF"); }

std::optional<std::string> flaw_of(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return flaw_of_png(bytes);
  if (is_jpeg(bytes)) return flaw_of_jpeg(bytes);
  return "neither a PNG nor a JPEG file";
}

const stbi_uc* stb_bytes(const std::string& bytes) {
  return reinterpret_cast<const stbi_uc*>(bytes.data());
}

/// The bytes of a file that looks whole.
std::string read_sound(const std::filesystem::path& file) {
  std::string bytes = read_file_bytes(file);
  if (const auto flaw = flaw_of(bytes)) throw DataCorruption("{}: {}", file.string(), *flaw);
  return bytes;
}

/// See orientation_of_jpeg; a PNG is as it was seen.
int orientation_of(std::string_view bytes) {
  return is_jpeg(bytes) ? orientation_of_jpeg(bytes) : 1;
}

bool is_turned(int orientation) { return orientation >= 5; }  // by a quarter, so rows are columns

/// What was seen of a stored image.
Image upright(const Image& stored, int orientation) {
  const auto [height, width, channels] = stored.shape;
  const bool from_below =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  Image seen{stored.shape, std::vector<float>(stored.pixels.size())};
  if (is_turned(orientation)) std::swap(seen.shape.height, seen.shape.width);
  for (std::int64_t y = 0; y < seen.shape.height; ++y) {
    for (std::int64_t x = 0; x < seen.shape.width; ++x) {
      const auto [row, column] = is_turned(orientation) ? std::pair(x, y) : std::pair(y, x);
      const float* pixel =
          stored.at(from_below ? height - 1 - row : row, from_right ? width - 1 - column : column);
      std::copy_n(pixel, channels, seen.at(y, x));
    }
  }
  return seen;
}

/// The shape of the image that `bytes` of `file` are, as it is stored.
ImageShape shape_in(const std::string& bytes, const std::filesystem::path& file) {
  int width = 0, height = 0, channels = 0;
  if (stbi_info_from_memory(stb_bytes(bytes), static_cast<int>(bytes.size()), &width, &height,
                            &channels) == 0) {
    throw DataCorruption("{}: {}", file.string(), stbi_failure_reason());
  }
  return {height, width, channels};
}

}  // namespace

ImageShape image_file_shape(const std::filesystem::path& file) {
  const std::string bytes = read_sound(file);
  ImageShape shape = shape_in(bytes, file);
  if (is_turned(orientation_of(bytes))) std::swap(shape.height, shape.width);
  return shape;
}

Image read_image_file(const std::filesystem::path& file, std::int64_t channels) {
  if (channels < 0 || channels > 4) {
    throw InvalidArgument("read_image_file: {} channels; expected 1 to 4, or 0 for the file's own",
                          channels);
  }
  const std::string bytes = read_sound(file);
  Image image{shape_in(bytes, file), {}};
  const bool mixes = channels == 1 && image.shape.channels >= 3;  // stb would round the grey
  if (channels != 0) image.shape.channels = mixes ? 3 : channels;
  int width = 0, height = 0, found = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(stb_bytes(bytes), static_cast<int>(bytes.size()), &width, &height,
                            &found, static_cast<int>(image.shape.channels)),
      stbi_image_free);
  if (!pixels) throw DataCorruption("{}: {}", file.string(), stbi_failure_reason());
  image.pixels.resize(static_cast<std::size_t>(image.shape.size()));
  unpack(pixels.get(), image.pixels);
  if (const int orientation = orientation_of(bytes); orientation != 1) {
    image = upright(image, orientation);
  }
  return mixes ? with_channels(image, 1) : image;
}

}  // namespace linseed::data
