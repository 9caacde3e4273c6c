// PNG and JPEG files.
#pragma once

#include <filesystem>

#include <linseed/framework/data/image.h>

namespace linseed::data {

/// The sizes of the image in a PNG or JPEG file, from its header, upright. Errors as
/// read_image_file.
ImageShape image_file_shape(const std::filesystem::path& file);

/// The image in a PNG or JPEG file; which of the two is seen from the content, not from the name.
/// With `channels` 1 to 4, colours become grey (as of with_channels), grey becomes colours, and an
/// alpha channel is added or dropped as needed; 0 takes those that the file has. 16 bits are read
/// as 8. A photograph is turned upright, as the camera says that it was held (EXIF's orientation).
///
/// IoError if the file cannot be read; DataCorruption if it is neither, is damaged (the checksums
/// of a PNG are compared), ends early, or is larger than 16,384 pixels on a side or 1 GiB.
Image read_image_file(const std::filesystem::path& file, std::int64_t channels = 0);

}  // namespace linseed::data
