#include <algorithm>

#include <isa-l/crc.h>

#include <linseed/framework/io/checksum_internal.h>

namespace linseed::io {

std::uint32_t crc32c(std::span<const std::byte> bytes) {
  // ISA-L takes an int for the length, and leaves both inversions of CRC-32C to the caller.
  constexpr std::size_t kPiece = std::size_t{1} << 30;
  std::uint32_t crc = 0xffffffff;
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kPiece));
    // It only reads, though its parameter is not const.
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(piece.data()));
    crc = crc32_iscsi(data, static_cast<int>(piece.size()), crc);
    bytes = bytes.subspan(piece.size());
  }
  return ~crc;
}

}  // namespace linseed::io
