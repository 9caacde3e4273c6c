// CRC-32C, the checksum of checkpoints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace linseed::io {

/// CRC-32C (Castagnoli) of `bytes`; 0xe3069283 for "123456789".
std::uint32_t crc32c(std::span<const std::byte> bytes);

}  // namespace linseed::io
