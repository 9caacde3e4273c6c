#include <zlib.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/report/png.h>

namespace linseed {
namespace {

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

/// Length, type, data, and the CRC of the latter two.
std::string chunk(const std::string& type, const std::string& data) {
  const std::string checked = type + data;
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + checked +
         big_endian(static_cast<std::uint32_t>(crc));
}

std::string deflated(const std::string& data) {
  uLongf size = compressBound(static_cast<uLong>(data.size()));
  std::string result(size, '\0');
  if (compress(reinterpret_cast<Bytef*>(result.data()), &size,
               reinterpret_cast<const Bytef*>(data.data()),
               static_cast<uLong>(data.size())) != Z_OK) {
    throw InternalError("png: zlib cannot compress {} bytes", data.size());
  }
  result.resize(size);
  return result;
}

}  // namespace

std::string png_of(std::span<const std::uint8_t> pixels, std::uint32_t width,
                   std::uint32_t height) {
  const std::size_t row = std::size_t{3} * width;
  if (pixels.empty() || pixels.size() != row * height) {
    throw InvalidArgument("png_of: {} bytes are no image of {} x {} pixels, 3 bytes each",
                          pixels.size(), width, height);
  }
  std::string lines;
  for (std::size_t y = 0; y < height; ++y) {
    lines += '\0';  // the filter: none
    lines.append(reinterpret_cast<const char*>(pixels.data() + y * row), row);
  }
  const std::string format{8, 2, 0, 0, 0};  // bits, RGB, deflate, adaptive filters, not interlaced
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", big_endian(width) + big_endian(height) + format) +
         chunk("IDAT", deflated(lines)) + chunk("IEND", "");
}

}  // namespace linseed
