// A reader of event files that shares nothing with the writer but the library that reads protocol
// buffers: lengths, checksums bit by bit, fields by number.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace linseed::test {

struct ReadEvent {
  double wall_time = 0;
  std::int64_t step = 0;
  std::string file_version;
  std::string tag;
  std::string plugin;
  std::string plugin_content;
  int data_class = 0;
  int tensor_type = 0;
  std::vector<std::int64_t> shape;
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<std::string> strings;
};

/// CRC-32C by its definition: the reflected polynomial 0x82f63b78, bit by bit.
std::uint32_t slow_crc32c(const std::string& bytes);

/// The records of a file. std::runtime_error for a length or a checksum that is wrong, or a record
/// that is not whole.
std::vector<std::string> read_records(const std::string& bytes);

ReadEvent parse_event(const std::string& record);

/// The only event file of a directory: all its events, the first of which names the format.
std::vector<ReadEvent> read_events(const std::filesystem::path& directory);

struct Png {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> pixels;  // RGB
};

/// An unfiltered 8-bit RGB image. std::runtime_error for anything else, and for a wrong checksum.
Png decode_png(const std::string& bytes);

}  // namespace linseed::test
