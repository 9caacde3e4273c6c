// Images as PNG files in memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace linseed {

/// `pixels`, height × width × 3 bytes, as a PNG (ISO/IEC 15948): 8 bits, RGB, unfiltered. By zlib,
/// which linseed has anyway, and with it all of PNG but the framing.
std::string png_of(std::span<const std::uint8_t> pixels, std::uint32_t width, std::uint32_t height);

}  // namespace linseed
