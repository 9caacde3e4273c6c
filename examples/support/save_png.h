// Pictures to files.
#pragma once

#include <cstdint>
#include <filesystem>

#include <linseed/framework/core/tensor.h>

namespace example {

/// Images side by side, `columns` in a row, as one image:
///   images [n, height, width, channels] -> [n / columns · height, columns · width, channels]
/// InvalidArgument if they fill no whole rows.
linseed::Tensor tiled(const linseed::Tensor& images, std::int64_t columns);

/// Writes an image [height, width, channels] with values in [0, 1], of 1 channel (grey) or 3, as a
/// PNG file, and makes its folder if need be; what lies outside is cut. Each pixel becomes
/// `scale` × `scale`. InvalidArgument for another image; IoError if the system refuses.
void save_png(const std::filesystem::path& file, const linseed::Tensor& image,
              std::int64_t scale = 1);

}  // namespace example
