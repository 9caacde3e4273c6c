#include <linseed/tests/support/event_file.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <zlib.h>

#include <protozero/pbf_reader.hpp>

namespace linseed::test {
namespace {

using protozero::pbf_reader;

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

std::uint64_t little_endian(const std::string& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::uint32_t big_endian(const std::string& bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

std::uint32_t unmasked(std::uint64_t masked) {
  const std::uint32_t rotated = static_cast<std::uint32_t>(masked) - 0xa282ead8U;
  return rotated >> 17 | rotated << 15;
}

void parse_tensor(pbf_reader tensor, ReadEvent& event) {
  while (tensor.next()) {
    switch (tensor.tag()) {
      case 1: event.tensor_type = tensor.get_enum(); break;
      case 2: {
        pbf_reader shape = tensor.get_message();
        while (shape.next(2)) {
          pbf_reader dim = shape.get_message();
          event.shape.push_back(dim.next(1) ? dim.get_int64() : 0);
        }
        break;
      }
      case 5:
        for (const float value : tensor.get_packed_float()) event.floats.push_back(value);
        break;
      case 6:
        for (const double value : tensor.get_packed_double()) event.doubles.push_back(value);
        break;
      case 8: event.strings.push_back(tensor.get_bytes()); break;
      default: throw std::runtime_error("an unknown field of a tensor");
    }
  }
}

void parse_metadata(pbf_reader metadata, ReadEvent& event) {
  while (metadata.next()) {
    if (metadata.tag() == 4) {
      event.data_class = metadata.get_enum();
      continue;
    }
    require(metadata.tag() == 1, "an unknown field of metadata");
    pbf_reader data = metadata.get_message();
    while (data.next()) {
      std::string& text = data.tag() == 1 ? event.plugin : event.plugin_content;
      text = data.get_bytes();
    }
  }
}

void parse_value(pbf_reader value, ReadEvent& event) {
  while (value.next()) {
    switch (value.tag()) {
      case 1: event.tag = value.get_string(); break;
      case 8: parse_tensor(value.get_message(), event); break;
      case 9: parse_metadata(value.get_message(), event); break;
      default: throw std::runtime_error("an unknown field of a value");
    }
  }
}

}  // namespace

std::uint32_t slow_crc32c(const std::string& bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
  }
  return ~crc;
}

std::vector<std::string> read_records(const std::string& bytes) {
  std::vector<std::string> records;
  for (std::size_t at = 0; at < bytes.size();) {
    require(bytes.size() - at >= 16, "a record that is torn");
    const std::string length = bytes.substr(at, 8);
    require(unmasked(little_endian(bytes.substr(at + 8, 4))) == slow_crc32c(length),
            "the checksum of a length");
    const std::uint64_t size = little_endian(length);
    require(size <= bytes.size() - at - 16, "a record that is torn");
    records.push_back(bytes.substr(at + 12, size));
    require(unmasked(little_endian(bytes.substr(at + 12 + size, 4))) == slow_crc32c(records.back()),
            "the checksum of a record");
    at += 16 + size;
  }
  return records;
}

ReadEvent parse_event(const std::string& record) {
  ReadEvent event;
  pbf_reader reader(record);
  while (reader.next()) {
    switch (reader.tag()) {
      case 1: event.wall_time = reader.get_double(); break;
      case 2: event.step = reader.get_int64(); break;
      case 3: event.file_version = reader.get_string(); break;
      case 5: {
        pbf_reader summary = reader.get_message();
        while (summary.next(1)) parse_value(summary.get_message(), event);
        break;
      }
      default: throw std::runtime_error("an unknown field of an event");
    }
  }
  return event;
}

std::vector<ReadEvent> read_events(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files.push_back(entry.path());
  }
  require(files.size() == 1, "not one file");
  std::ifstream file(files.front(), std::ios::binary);
  std::vector<ReadEvent> events;
  for (const auto& record : read_records({std::istreambuf_iterator<char>(file), {}})) {
    events.push_back(parse_event(record));
  }
  require(!events.empty() && events.front().file_version == "brain.Event:2",
          "a file that does not name its format");
  return events;
}

Png decode_png(const std::string& bytes) {
  require(bytes.starts_with("\x89PNG\r\n\x1a\n"), "no PNG");
  Png png;
  std::string deflated;
  for (std::size_t at = 8; at < bytes.size();) {
    const std::uint32_t size = big_endian(bytes.substr(at, 4));
    const std::string type = bytes.substr(at + 4, 4);
    const std::string data = bytes.substr(at + 8, size);
    const std::string checked = type + data;
    require(big_endian(bytes.substr(at + 8 + size, 4)) ==
                crc32(0, reinterpret_cast<const Bytef*>(checked.data()),
                      static_cast<uInt>(checked.size())),
            "the checksum of a chunk");
    if (type == "IHDR") {
      png.width = big_endian(data.substr(0, 4));
      png.height = big_endian(data.substr(4, 4));
      require(data.substr(8) == std::string("\x08\x02\0\0\0", 5), "not 8-bit RGB");
    } else if (type == "IDAT") {
      deflated += data;
    }
    at += 12 + size;
  }
  const std::size_t line = 1 + 3 * std::size_t{png.width};
  std::string lines(line * png.height, '\0');
  uLongf size = lines.size();
  require(uncompress(reinterpret_cast<Bytef*>(lines.data()), &size,
                     reinterpret_cast<const Bytef*>(deflated.data()), deflated.size()) == Z_OK &&
              size == lines.size(),
          "not the pixels of such an image");
  for (std::size_t y = 0; y < png.height; ++y) {
    require(lines[y * line] == 0, "a filtered line");
    const auto* pixels = reinterpret_cast<const std::uint8_t*>(lines.data() + y * line + 1);
    png.pixels.insert(png.pixels.end(), pixels, pixels + line - 1);
  }
  return png;
}

}  // namespace linseed::test
