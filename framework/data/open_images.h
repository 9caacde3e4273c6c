// Images and labels at a path, in whatever form they lie there.
#pragma once

#include <filesystem>

#include <linseed/framework/data/dataset.h>

namespace linseed::data {

struct OpenImagesOptions {
  Split split = Split::train;  // where there are two
  std::int64_t height = 0;     // what images are brought to; 0 with width 0: as they are stored
  std::int64_t width = 0;
  std::int64_t channels = 0;  // 1: grey, 3: colours; 0: as stored, and 3 for files of pictures
  std::vector<std::string> classes = {};  // what labels are to mean; empty: what they mean there
};

/// The set at `path`, which is one of
///   a directory with train-images-idx3-ubyte and the like, as of MNIST and its relatives
///     (see fashion_mnist, whose classes are known if the directory is called fashion-mnist)
///   a directory with the binary version of CIFAR-10 or CIFAR-100 (see cifar10)
///   a directory with a folder of PNG and JPEG files for each class (see image_folder)
///   an HDF5 file with datasets `images` and `labels` (see hdf5_images)
/// The last two have two parts if `train` and `test` (of a directory, also `val`, `valid` or
/// `validation`) are there, and such folders or datasets below them; else either part is all that
/// there is.
///
/// Images of another size are resized and cut (see `resized`). If no size is asked for, the files
/// of a directory must be of one size.
///
/// With `classes`, labels count them, whatever stands at `path`: classes that are known by name
/// there get the places that these have here, those that are numbers are given these names.
///
/// IoError if there is nothing at `path`; InvalidArgument, with all that was looked for, if it is
/// none of these, if images cannot be brought to that shape, or if a class is not among `classes`;
/// what the readers named above throw.
Dataset open_images(const std::filesystem::path& path, const OpenImagesOptions& options = {});

/// Whether what is at `path` has two parts.
bool has_parts(const std::filesystem::path& path);

/// Both parts of what is at `path`, labels counting the same classes in both. Where there is one
/// part only, a fifth of it is set aside (see hold_out). `options.split` is not looked at; without
/// `options.classes` they are those of the images to learn from. Errors as open_images.
TrainAndTest open_train_and_test(const std::filesystem::path& path, OpenImagesOptions options = {});

}  // namespace linseed::data
