// Pictures from files, and what makes them fit for a network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace example {

/// A picture and how to call it.
///   pixels [height, width, channels] float32 in [0, 1]; 1 channel is grey, 2 grey and opacity,
///   3 red, green and blue, 4 these and opacity
struct Picture {
  std::string name;
  linseed::Tensor pixels;
};

/// The picture of a PNG or JPEG file, or at most the first `limit` of an IDX file of bytes (plain
/// or gzip); which it is is seen from the content. IoError if the file cannot be opened;
/// DataCorruption if it is damaged, or none of these.
std::vector<Picture> read_pictures(const std::filesystem::path& file, std::int64_t limit);

/// The pixels of a grey picture of `size` × `size` pixels; InvalidArgument for any other.
linseed::Tensor check_grey(const Picture& picture, std::int64_t size);

/// Any picture as a grey one of `size` × `size` pixels, [size, size, 1]. Colours become their
/// brightness 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), taken from 1 if `invert`; what is not
/// opaque fades to black; each new pixel is the mean over the area it covers of the old ones. The
/// sides are scaled each by itself: what is not square is squeezed.
linseed::Tensor to_grey(const Picture& picture, std::int64_t size, bool invert);

/// `x` averaged over areas: dimensions 0 and 1 of [height, width, 1] become `size` each.
linseed::Tensor average_areas(const linseed::Tensor& x, std::int64_t size);

}  // namespace example
