// The 512 bytes in front of the HDF5 image of a checkpoint.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace linseed::io {

inline constexpr std::size_t kHeaderBytes = 512;
inline constexpr std::uint32_t kFormatVersion = 1;

using Uuid = std::array<std::uint8_t, 16>;

/// A random identifier (RFC 4122, version 4).
Uuid random_uuid();

/// "01234567-89ab-4cde-8f01-23456789abcd".
std::string to_string(const Uuid& uuid);

/// Lies in the user block of the HDF5 file, which HDF5 skips. Little-endian:
///
///     0  magic "LINSEED\n"       24  u32 crc32c(payload)    52  zeros
///     8  u32 version             28  16 bytes of uuid      508  u32 crc32c(bytes 0 to 507)
///    12  u32 flags, 0            44  f64 step
///    16  u64 payload length
struct Header {
  std::uint64_t payload_bytes = 0;
  std::uint32_t payload_crc = 0;
  Uuid uuid = {};
  double step = 0;
};

std::array<std::byte, kHeaderBytes> encode_header(const Header& header);

/// DataCorruption, naming `path`, if `bytes` is no whole header; NotSupported for another version.
Header decode_header(std::span<const std::byte> bytes, const std::string& path);

/// The header of the whole file in `bytes`; DataCorruption, too, if the payload behind it is not
/// the one it speaks of.
Header check_payload(std::span<const std::byte> bytes, const std::string& path);

}  // namespace linseed::io
