#include <algorithm>
#include <cstdint>

#include <linseed/framework/data/jpeg_internal.h>

namespace linseed::data {
namespace {

constexpr std::string_view kStart = "\xFF\xD8";
constexpr std::string_view kScan = "\xFF\xDA";
constexpr std::string_view kExif = "\xFF\xE1";  // "APP1"

std::uint32_t number(std::string_view bytes, bool little_endian) {
  std::uint32_t result = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char byte = bytes[little_endian ? bytes.size() - 1 - i : i];
    result = result << 8 | static_cast<std::uint8_t>(byte);
  }
  return result;
}

/// Takes the next segment before the first scan off `rest`: its marker and its content. Segments
/// are FF, a marker and a length that counts itself. Empty where there is none, with `rest` at the
/// scan, if that is what comes.
std::string_view next_segment(std::string_view& rest) {
  while (rest.starts_with("\xFF\xFF")) rest.remove_prefix(1);  // fillers
  if (rest.size() < 4 || rest[0] != '\xFF' || rest.starts_with(kScan)) return {};
  const std::size_t length = 2 + number(rest.substr(2, 2), false);
  const std::string_view segment = rest.substr(0, length);
  rest.remove_prefix(segment.size());
  return segment;
}

/// Of the first directory of a TIFF: entries of a tag, a type, a count and a value, 12 bytes each.
int orientation_of_tiff(std::string_view tiff) {
  constexpr std::uint32_t kOrientation = 0x0112, kShort = 3;
  if (tiff.size() < 8) return 1;
  const bool is_little = tiff.starts_with("II");
  const auto at = [&](std::size_t place, std::size_t length) {
    return place > tiff.size() ? 0 : number(tiff.substr(place, length), is_little);
  };
  const std::size_t directory = at(4, 4);
  const std::size_t entries = std::min<std::size_t>(at(directory, 2), tiff.size() / 12);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (at(entry, 2) != kOrientation || at(entry + 2, 2) != kShort) continue;
    const std::uint32_t value = at(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace

/// From the first scan on, FF stands only before 00 or a marker, up to the end, FF D9; what a
/// camera appends behind that does not count.
std::optional<std::string> flaw_of_jpeg(std::string_view bytes) {
  bytes.remove_prefix(kStart.size());
  while (!next_segment(bytes).empty()) continue;
  const bool is_whole = bytes.starts_with(kScan) && bytes.find("\xFF\xD9") != bytes.npos;
  return is_whole ? std::nullopt : std::optional("it ends early");
}

int orientation_of_jpeg(std::string_view bytes) {
  using namespace std::string_view_literals;
  constexpr std::string_view kName = "Exif\0\0"sv;
  bytes.remove_prefix(kStart.size());
  for (;;) {
    std::string_view segment = next_segment(bytes);
    if (segment.empty()) return 1;
    if (!segment.starts_with(kExif)) continue;
    segment.remove_prefix(std::min<std::size_t>(segment.size(), 4));
    if (!segment.starts_with(kName)) continue;
    segment.remove_prefix(kName.size());
    return orientation_of_tiff(segment);
  }
}

}  // namespace linseed::data
