#include <cerrno>
#include <cstring>
#include <fstream>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/file_bytes_internal.h>

namespace linseed::data {

std::string read_file_bytes(const std::filesystem::path& file, std::size_t most) {
  const auto fail = [&](int error) {
    throw IoError("cannot read {}: {}", file.string(), std::strerror(error != 0 ? error : EIO));
  };
  // A stream opens a directory, and throws what is no Error when it is read from.
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) fail(EISDIR);
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) fail(errno);
  std::string bytes;
  constexpr std::size_t kPiece = 1 << 16;
  for (std::size_t size = 0; stream && size <= most; size = bytes.size()) {
    bytes.resize(size + kPiece);
    stream.read(bytes.data() + size, kPiece);
    bytes.resize(size + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) fail(errno);
  if (bytes.size() > most) {
    throw DataCorruption("{}: more than {} bytes, the most that is read", file.string(), most);
  }
  return bytes;
}

}  // namespace linseed::data
