// Small IDX files in a directory of their own, for the tests of the data readers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <stdexcept>
#include <string>

#include <zlib.h>

#include <linseed/tests/support/temporary_directory.h>

namespace linseed::test {

inline std::string bytes(std::initializer_list<int> values) {
  std::string result;
  for (const int value : values) result += static_cast<char>(value);
  return result;
}

/// 00 00, the type, the number of sizes and the sizes.
inline std::string idx_header(int type, std::initializer_list<std::uint32_t> sizes) {
  std::string result = bytes({0, 0, type, static_cast<int>(sizes.size())});
  for (const std::uint32_t size : sizes) {
    for (const int shift : {24, 16, 8, 0}) result += static_cast<char>(size >> shift & 0xFF);
  }
  return result;
}

inline std::filesystem::path write_plain(const std::filesystem::path& file,
                                         const std::string& content) {
  std::filesystem::remove(file);  // some file systems wait for the disk when one is cut to 0
  std::ofstream stream(file, std::ios::binary);
  stream.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
  return file;
}

inline std::filesystem::path write_gzip(const std::filesystem::path& file,
                                        const std::string& content) {
  const gzFile stream = gzopen(file.c_str(), "wb");
  if (stream == nullptr) throw std::runtime_error("cannot write " + file.string());
  const int size = static_cast<int>(content.size());
  const int written = gzwrite(stream, content.data(), static_cast<unsigned>(size));
  if (gzclose(stream) != Z_OK || written != size) {
    throw std::runtime_error("cannot write " + file.string());
  }
  return file;
}

inline std::string read_all(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace linseed::test
