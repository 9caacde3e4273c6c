#include <linseed/framework/data/idx.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>

#include <zlib.h>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/graph/node.h>

namespace linseed::data {
namespace {

constexpr int kMostDims = 8;
constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;

/// A file read through zlib, which passes on what is not compressed.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path) : path_(path.string()) {
    errno = 0;
    file_.reset(gzopen(path.c_str(), "rb"));
    if (!file_) {
      throw IoError("read_idx: cannot open {}: {}", path_, std::strerror(errno ? errno : ENOMEM));
    }
    gzbuffer(file_.get(), 1 << 17);
  }

  const std::string& path() const { return path_; }

  /// Reads `bytes` bytes, or fewer at the end of the file, and returns how many.
  std::size_t read(void* destination, std::size_t bytes) {
    constexpr std::size_t kMostAtOnce = 1 << 30;  // gzread counts in int
    std::size_t done = 0;
    while (done < bytes) {
      errno = 0;
      const auto wanted = static_cast<unsigned>(std::min(bytes - done, kMostAtOnce));
      const int got = gzread(file_.get(), static_cast<char*>(destination) + done, wanted);
      check_stream();
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };

  /// A gzip stream that ends early is no failure of gzread, which returns what there is.
  void check_stream() {
    const int failed_errno = errno;
    int code = Z_OK;
    const std::string text = gzerror(file_.get(), &code);  // begins with the path
    if (code == Z_OK || code == Z_STREAM_END) return;
    if (code == Z_ERRNO) {
      throw IoError("read_idx: cannot read {}: {}", path_, std::strerror(failed_errno));
    }
    if (code == Z_MEM_ERROR) throw IoError("read_idx: {}", text);
    throw DataCorruption("read_idx: the gzip stream is damaged or ends early: {}", text);
  }

  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
};

DType element_type(int code, const std::string& path) {
  switch (code) {
    case 0x08: return uint8;
    case 0x0C: return int32;
    case 0x0D: return float32;
    case 0x0E: return float64;
    default: break;
  }
  throw DataCorruption(
      "read_idx: {}: element type 0x{:02X}; expected 0x08 (uint8), 0x0C (int32), 0x0D (float32) or "
      "0x0E (float64)",
      path, code);
}

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

void check_size(const TensorSpec& spec, const std::string& path) {
  // A size of 0 first: [0, 2^32 - 1, 2^32 - 1, …] is as empty as [0].
  if (std::find(spec.shape.begin(), spec.shape.end(), 0) != spec.shape.end()) return;
  std::uint64_t room = kMostBytes / size_of(spec.dtype);
  for (const std::int64_t dim : spec.shape) room /= static_cast<std::uint64_t>(dim);
  if (room == 0) {
    throw DataCorruption("read_idx: {}: the header says {}, which is more than {} GiB", path, spec,
                         kMostBytes >> 30);
  }
}

TensorSpec read_header(InputFile& file) {
  std::array<std::uint8_t, 4> magic{};
  const std::size_t got = file.read(magic.data(), magic.size());
  if (got < magic.size()) {
    throw DataCorruption("read_idx: {}: expected an IDX header, found {} bytes in all", file.path(),
                         got);
  }
  if (magic[0] != 0 || magic[1] != 0) {
    throw DataCorruption(
        "read_idx: {} is no IDX file: expected 00 00 at the beginning, found "
        "{:02X} {:02X}",
        file.path(), magic[0], magic[1]);
  }
  TensorSpec spec{{}, element_type(magic[2], file.path())};
  const std::size_t ndim = magic[3];
  if (ndim < 1 || ndim > kMostDims) {
    throw DataCorruption("read_idx: {}: expected 1 to {} dimensions, found {}", file.path(),
                         kMostDims, ndim);
  }
  std::array<std::uint8_t, 4 * kMostDims> sizes{};
  const std::size_t sizes_got = file.read(sizes.data(), 4 * ndim);
  if (sizes_got < 4 * ndim) {
    throw DataCorruption("read_idx: {}: expected {} bytes for the sizes of {} dimensions, found {}",
                         file.path(), 4 * ndim, ndim, sizes_got);
  }
  for (std::size_t i = 0; i < ndim; ++i) spec.shape.push_back(big_endian(&sizes[4 * i]));
  check_size(spec, file.path());
  return spec;
}

/// Big-endian elements to the order of this machine.
void to_native_order(std::uint8_t* bytes, std::size_t count, std::size_t width) {
  if constexpr (std::endian::native == std::endian::little) {
    if (width == 1) return;
    for (std::size_t i = 0; i < count; ++i)
      std::reverse(bytes + i * width, bytes + (i + 1) * width);
  }
}

}  // namespace

Tensor read_idx(const std::filesystem::path& path) {
  InputFile file(path);
  TensorSpec spec = read_header(file);
  const std::size_t width = size_of(spec.dtype);
  const auto count = static_cast<std::size_t>(spec.shape.size());

  auto buffer = std::make_shared<Buffer>(count * width);
  const std::size_t got = file.read(buffer->data(), buffer->bytes());
  if (got < buffer->bytes()) {
    throw DataCorruption("read_idx: {}: expected {} bytes of data for {}, found {}", file.path(),
                         buffer->bytes(), spec, got);
  }
  // This read also has zlib compare the checksum, which comes last.
  std::uint8_t beyond = 0;
  if (file.read(&beyond, 1) > 0) {
    throw DataCorruption(
        "read_idx: {}: expected the end of the file after the {} bytes of {}, "
        "found more",
        file.path(), buffer->bytes(), spec);
  }
  to_native_order(static_cast<std::uint8_t*>(buffer->data()), count, width);
  return constant(std::move(buffer), std::move(spec));
}

}  // namespace linseed::data
