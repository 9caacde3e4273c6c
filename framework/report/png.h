// Images as PNG files in memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace linseed {

/// `pixels`, height × width × 3 bytes in rows from the top, as a PNG file (ISO/IEC 15948): 8 bits,
/// RGB, unfiltered. InvalidArgument for another number of bytes, or none.
std::string png_of(std::span<const std::uint8_t> pixels, std::uint32_t width, std::uint32_t height);

}  // namespace linseed
