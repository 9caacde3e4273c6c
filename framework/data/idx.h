// IDX files: arrays of any rank, the format that MNIST and its relatives are published in.
#pragma once

#include <filesystem>

#include <linseed/framework/core/tensor.h>

namespace linseed::data {

/// The array of an IDX file, plain or compressed by gzip; which of the two is seen from the
/// content, not from the name.
///
/// The format: two bytes 0, a byte for the element type, a byte for the number of dimensions (1 to
/// 8), their sizes as big-endian uint32, then the elements, big-endian and row-major. Read are the
/// types 0x08 uint8, 0x0C int32, 0x0D float32 and 0x0E float64, up to 4 GiB.
///
/// IoError if the file cannot be read. DataCorruption, with what was expected and what was found,
/// if it is not IDX, is shorter or longer than its header says, or if the gzip stream is damaged or
/// ends early. (Bytes that follow a complete gzip stream are ignored, as gzip itself does.)
Tensor read_idx(const std::filesystem::path& file);

}  // namespace linseed::data
