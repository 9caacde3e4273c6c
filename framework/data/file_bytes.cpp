#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/file_bytes_internal.h>

namespace linseed::data {

std::string read_file_bytes(const std::filesystem::path& file) {
  const auto fail = [&](int error) {
    throw IoError("cannot read {}: {}", file.string(), std::strerror(error != 0 ? error : EIO));
  };
  // A stream opens a directory, and throws what is no Error when it is read from.
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) fail(EISDIR);
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) fail(errno);
  std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad()) fail(errno);
  return bytes;
}

}  // namespace linseed::data
