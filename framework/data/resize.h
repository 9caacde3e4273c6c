// Images of another size, and of other channels.
#pragma once

#include <linseed/framework/data/dataset.h>

namespace linseed::data {

/// The middle of `image`, as much as fits the proportions of `height` × `width`, at that size:
/// enlarged linearly, or reduced by a triangular filter as wide as what one pixel covers.
/// InvalidArgument if a size is not in [1, 16384], or there are more than 64 channels.
Image resized(const Image& image, std::int64_t height, std::int64_t width);

/// Grey as colours, or colours as grey, 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601), or the
/// image itself. InvalidArgument if that is not from 1 to 3 channels, from 3 to 1, or from as many.
Image with_channels(const Image& image, std::int64_t channels);

/// `dataset`, each image brought to `shape` as it is read, by these two. InvalidArgument as they.
Dataset resized(const Dataset& dataset, const ImageShape& shape);

}  // namespace linseed::data
