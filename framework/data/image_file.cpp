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

/// A JPEG is segments, FF, a marker and a length that counts itself, up to the first scan, FF DA.
/// From there on FF stands only before 00 or a marker, up to the end, FF D9; what a camera appends
/// behind that does not count. stb_image decodes what there is.
std::optional<std::string> flaw_of_jpeg(std::string_view bytes) {
  bytes.remove_prefix(2);
  while (bytes.size() >= 4 && bytes[0] == '\xFF') {
    if (bytes[1] == '\xDA') {
      if (bytes.find("\xFF\xD9") != bytes.npos) return std::nullopt;
      break;
    }
    const bool is_filler = bytes[1] == '\xFF';
    const std::size_t length = is_filler ? 1 : 2 + (big_endian(bytes) & 0xFFFF);
    bytes.remove_prefix(std::min(length, bytes.size()));
  }
  return "it ends early";
}

std::optional<std::string> flaw_of(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return flaw_of_png(bytes);
  if (bytes.starts_with("\xFF\xD8\xFF")) return flaw_of_jpeg(bytes);
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

/// The shape of the image that `bytes` of `file` are.
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
  return shape_in(read_sound(file), file);
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
  return mixes ? with_channels(image, 1) : image;
}

}  // namespace linseed::data
