#include <sys/random.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/checksum_internal.h>
#include <linseed/framework/io/header_internal.h>

namespace linseed::io {
namespace {

static_assert(std::endian::native == std::endian::little, "the header is written as it lies");

constexpr std::array<char, 8> kMagic = {'L', 'I', 'N', 'S', 'E', 'E', 'D', '\n'};
constexpr std::size_t kVersionAt = 8, kFlagsAt = 12, kPayloadBytesAt = 16, kPayloadCrcAt = 24,
                      kUuidAt = 28, kStepAt = 44, kHeaderCrcAt = 508;

template <class T>
void put(std::span<std::byte> bytes, std::size_t offset, const T& value) {
  std::memcpy(bytes.subspan(offset, sizeof value).data(), &value, sizeof value);
}

template <class T>
T get(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.subspan(offset, sizeof value).data(), sizeof value);
  return value;
}

}  // namespace

Uuid random_uuid() {
  Uuid uuid;
  ssize_t got;
  do {
    got = getrandom(uuid.data(), uuid.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(uuid.size())) {
    throw IoError("checkpoint: no random bytes: {}", std::generic_category().message(errno));
  }
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x40);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
  return uuid;
}

std::string to_string(const Uuid& uuid) {
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", uuid[i]);
  }
  return text;
}

std::array<std::byte, kHeaderBytes> encode_header(const Header& header) {
  std::array<std::byte, kHeaderBytes> bytes = {};
  put(bytes, 0, kMagic);
  put(bytes, kVersionAt, kFormatVersion);
  put(bytes, kPayloadBytesAt, header.payload_bytes);
  put(bytes, kPayloadCrcAt, header.payload_crc);
  put(bytes, kUuidAt, header.uuid);
  put(bytes, kStepAt, header.step);
  put(bytes, kHeaderCrcAt, crc32c(std::span(bytes).first(kHeaderCrcAt)));
  return bytes;
}

Header decode_header(std::span<const std::byte> bytes, const std::string& path) {
  if (bytes.size() < kHeaderBytes) {
    throw DataCorruption("{}: {} bytes are too few for a checkpoint: the file is truncated", path,
                         bytes.size());
  }
  if (get<std::array<char, 8>>(bytes, 0) != kMagic) {
    throw DataCorruption("{}: not a checkpoint of linseed (it does not begin with LINSEED)", path);
  }
  if (crc32c(bytes.first(kHeaderCrcAt)) != get<std::uint32_t>(bytes, kHeaderCrcAt)) {
    throw DataCorruption("{}: the checksum of the header differs: the file is damaged", path);
  }
  const auto version = get<std::uint32_t>(bytes, kVersionAt);
  const auto flags = get<std::uint32_t>(bytes, kFlagsAt);
  if (version != kFormatVersion || flags != 0) {
    throw NotSupported("{}: format version {}, flags {}; this linseed reads version {}, flags 0",
                       path, version, flags, kFormatVersion);
  }
  return {get<std::uint64_t>(bytes, kPayloadBytesAt), get<std::uint32_t>(bytes, kPayloadCrcAt),
          get<Uuid>(bytes, kUuidAt), get<double>(bytes, kStepAt)};
}

Header check_payload(std::span<const std::byte> bytes, const std::string& path) {
  const Header header = decode_header(bytes, path);
  const std::span<const std::byte> payload = bytes.subspan(kHeaderBytes);
  if (header.payload_bytes != payload.size()) {
    throw DataCorruption("{}: {} bytes after the header instead of {}: the file is {}", path,
                         payload.size(), header.payload_bytes,
                         payload.size() < header.payload_bytes ? "truncated" : "too long");
  }
  if (crc32c(payload) != header.payload_crc) {
    throw DataCorruption("{}: the checksum of the file differs: it is damaged", path);
  }
  return header;
}

}  // namespace linseed::io
