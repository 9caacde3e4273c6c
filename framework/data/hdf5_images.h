// Images and labels in an HDF5 file, which may be larger than memory.
#pragma once

#include <filesystem>
#include <string>

#include <linseed/framework/data/dataset.h>

namespace linseed::data {

struct Hdf5ImageOptions {
  std::string images = "images";    // the dataset of the images: a path in the file
  std::string labels = "labels";    // that of their labels
  bool channels_first = false;      // images are [n, channels, height, width], as Caffe has them
  std::int64_t memory = 128 << 20;  // bytes that images may take up at a time
  std::vector<std::string> classes = {};  // what labels mean; empty: numbers
};

/// The images of an HDF5 file, read by blocks when they are asked for.
///   images [n, height, width, channels] or [n, height, width]: bytes, of which 255 becomes 1, or
///   floating numbers, taken as they are
///   labels [n] or [n, 1]: integers from 0 to the number of classes − 1, kept in memory
///
/// A block is a chunk of the file, or as many as fit into 1 MiB. Those that were read last stay in
/// memory, as many as fit into `memory`. If these are not all, half as many are shuffled at a time
/// (see shuffled_images), so that batches of two such windows can be prepared side by side, and
/// each block is read once an epoch. So a window should hold more images than all the batches that
/// are being prepared at a time. Any other order works, but may read a block for each image. The
/// file stays open.
///
/// IoError if the file cannot be opened; DataCorruption if it is not HDF5, a label is of no class,
/// or rows cannot be read; InvalidArgument if there is no such dataset or it is of another shape or
/// type, and if two blocks do not fit into `memory`: the message says how to store the file again.
Dataset hdf5_images(const std::filesystem::path& file, const Hdf5ImageOptions& options = {});

}  // namespace linseed::data
