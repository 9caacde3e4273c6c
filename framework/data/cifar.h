// CIFAR-10 and CIFAR-100: 60,000 colour images of 32 × 32 pixels.
#pragma once

#include <filesystem>

#include <linseed/framework/data/dataset.h>

namespace linseed::data {

/// What an image of CIFAR-100 is labelled by.
enum class CifarLabels {
  fine,    // 100 classes
  coarse,  // the 20 families that these belong to
};

/// CIFAR-10 (Krizhevsky, "Learning multiple layers of features from tiny images", 2009): 50,000
/// images to train on and 10,000 to test with, [32, 32, 3], kept in memory as bytes (180 MB).
///
/// `directory` holds data_batch_1.bin to data_batch_5.bin and test_batch.bin, the binary version as
/// its authors publish it (or has a folder cifar-10-batches-bin that does), and batches.meta.txt
/// with the names of the classes, which are numbers if it is missing.
///
/// Of one part, only the files of that part are read.
///
/// IoError if a file is missing; DataCorruption if one is no whole number of records of 3,073
/// bytes, or holds a label that no class has.
TrainAndTest cifar10(const std::filesystem::path& directory);
Dataset cifar10(const std::filesystem::path& directory, Split split);

/// CIFAR-100, of the same source: train.bin and test.bin, records of 3,074 bytes, in `directory` or
/// its folder cifar-100-binary; the names of the classes are in fine_label_names.txt and
/// coarse_label_names.txt.
TrainAndTest cifar100(const std::filesystem::path& directory,
                      CifarLabels labels = CifarLabels::fine);
Dataset cifar100(const std::filesystem::path& directory, Split split,
                 CifarLabels labels = CifarLabels::fine);

}  // namespace linseed::data
