#include <linseed/framework/data/open_images.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/cifar.h>
#include <linseed/framework/data/fashion_mnist.h>
#include <linseed/framework/data/hdf5_images.h>
#include <linseed/framework/data/hold_out.h>
#include <linseed/framework/data/idx_pair_internal.h>
#include <linseed/framework/data/image_folder.h>
#include <linseed/framework/data/labels_internal.h>
#include <linseed/framework/data/resize.h>
#include <linseed/framework/io/hdf5_table_internal.h>

namespace linseed::data {
namespace {

namespace fs = std::filesystem;

const char* name_of(Split split) { return split == Split::train ? "train" : "test"; }

bool is_here(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at is as good as missing
  return fs::exists(path, ignored);
}

/// Whether `directory` holds images of MNIST or a relative, of either part.
bool holds_idx(const fs::path& directory) {
  return find_idx_file(directory, "train-images", "idx3-ubyte") ||
         find_idx_file(directory, "t10k-images", "idx3-ubyte");
}

/// The pair of IDX files of that part; nothing if the directory has no such images of either.
std::optional<Dataset> open_idx(const fs::path& directory, Split split) {
  if (!holds_idx(directory)) return std::nullopt;
  const std::string part = split == Split::train ? "train" : "t10k";
  const auto images = find_idx_file(directory, part + "-images", "idx3-ubyte");
  const auto labels = find_idx_file(directory, part + "-labels", "idx1-ubyte");
  if (!images || !labels) {
    throw IoError("open_images: {} lacks {}-{}, with or without .gz", directory.string(), part,
                  images ? "labels-idx1-ubyte" : "images-idx3-ubyte");
  }
  std::error_code ignored;
  const bool is_fashion = fs::canonical(directory, ignored).filename() == "fashion-mnist";
  return idx_images(*images, *labels,
                    is_fashion ? fashion_mnist_classes() : std::vector<std::string>{});
}

/// Whether `directory` holds one of these files, itself or in `folder`.
bool holds_either(const fs::path& directory, const char* folder, const char* train,
                  const char* test) {
  const auto holds = [&](const char* file) {
    return is_here(directory / file) || is_here(directory / folder / file);
  };
  return holds(train) || holds(test);
}

bool holds_cifar10(const fs::path& directory) {
  return holds_either(directory, "cifar-10-batches-bin", "data_batch_1.bin", "test_batch.bin");
}

bool holds_cifar100(const fs::path& directory) {
  return holds_either(directory, "cifar-100-binary", "train.bin", "test.bin");
}

/// The folder of images of one part; `directory` itself if it is not divided.
fs::path folder_of(const fs::path& directory, Split split) {
  const fs::path train = directory / "train";
  for (const char* test : {"test", "val", "valid", "validation"}) {
    if (is_here(train) && is_here(directory / test)) {
      return split == Split::train ? train : directory / test;
    }
  }
  return directory;
}

/// Whether there is a folder that could be one of a class.
bool has_folder(const fs::path& directory) {
  std::error_code ignored;
  return std::any_of(fs::directory_iterator(directory, ignored), fs::directory_iterator(),
                     [](const fs::directory_entry& entry) {
                       return entry.is_directory() &&
                              !entry.path().filename().string().starts_with('.');
                     });
}

Dataset open_directory(const fs::path& directory, const OpenImagesOptions& options) {
  if (auto set = open_idx(directory, options.split)) return *std::move(set);
  if (holds_cifar10(directory)) return cifar10(directory, options.split);
  if (holds_cifar100(directory)) return cifar100(directory, options.split);
  try {
    return image_folder(folder_of(directory, options.split),
                        {.height = options.height,
                         .width = options.width,
                         .channels = options.channels == 0 ? 3 : options.channels});
  } catch (const InvalidArgument& error) {
    if (has_folder(directory)) throw;
    throw InvalidArgument(
        "open_images: {} holds no images that are known: no train-images-idx3-ubyte or "
        "t10k-images-idx3-ubyte (MNIST and its relatives), no data_batch_1.bin, test_batch.bin, "
        "train.bin or test.bin (CIFAR-10 and CIFAR-100), and no folder of PNG or JPEG files for "
        "each class ({})",
        directory.string(), error.what());
  }
}

/// Whether a file begins as HDF5 files do, at once or after a block of the user's of 512, 1024, …
/// bytes (HDF5 File Format Specification, II.A).
bool is_hdf5(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  for (std::streamoff at = 0; stream; at = at == 0 ? 512 : 2 * at) {
    char begin[8] = {};
    stream.seekg(at);
    stream.read(begin, sizeof(begin));
    if (stream && std::string_view(begin, sizeof(begin)) == "\x89HDF\r\n\x1A\n") return true;
  }
  return false;
}

Dataset open_file(const fs::path& file, Split split) {
  if (!is_hdf5(file)) {
    throw InvalidArgument(
        "open_images: {} is no HDF5 file; expected one with datasets images and labels, or the "
        "directory of MNIST or a relative, of CIFAR-10 or CIFAR-100, or of a folder of PNG or JPEG "
        "files for each class",
        file.string());
  }
  const std::string group = has_parts(file) ? std::string(name_of(split)) + "/" : "";
  return hdf5_images(file, {.images = group + "images", .labels = group + "labels"});
}

/// The place of each class of `dataset` in `classes`.
std::vector<std::int32_t> places_of(const Dataset& dataset, const std::vector<std::string>& classes,
                                    const std::string& path) {
  std::vector<std::int32_t> places;
  for (const std::string& name : dataset.classes) {
    const auto found = std::ranges::find(classes, name);
    if (found == classes.end()) {
      throw InvalidArgument(
          "open_images: {} has images of class {}, which is none of the {} classes asked for", path,
          name, classes.size());
    }
    places.push_back(static_cast<std::int32_t>(found - classes.begin()));
  }
  return places;
}

/// `dataset` with labels that count `classes`.
Dataset with_classes(const Dataset& dataset, const std::vector<std::string>& classes,
                     const std::string& path) {
  Dataset result = dataset;
  result.classes = classes;
  const std::size_t known = dataset.classes.size();
  if (dataset.classes == numbered_classes(known)) {
    if (known <= classes.size()) return result;
    throw InvalidArgument("open_images: {} has labels from 0 to {}, but {} classes are asked for",
                          path, known - 1, classes.size());
  }
  const auto read = [dataset, places = places_of(dataset, classes, path)](std::int64_t index,
                                                                          std::span<float> pixels) {
    return places[static_cast<std::size_t>(dataset.read(index, pixels))];
  };
  result.read = read;
  return result;
}

ImageShape shape_for(const Dataset& dataset, const OpenImagesOptions& options) {
  ImageShape shape = dataset.shape;
  if (options.height > 0) shape.height = options.height;
  if (options.width > 0) shape.width = options.width;
  if (options.channels > 0) shape.channels = options.channels;
  return shape;
}

void check_options(const OpenImagesOptions& options) {
  if (options.height < 0 || options.width < 0 || options.channels < 0 ||
      (options.height == 0) != (options.width == 0)) {
    throw InvalidArgument(
        "open_images: images of {} x {} with {} channels; expected both sizes or neither",
        options.height, options.width, options.channels);
  }
}

}  // namespace

bool has_parts(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    return io::hdf5_holds(path, "train") && io::hdf5_holds(path, "test");
  }
  return holds_idx(path) || holds_cifar10(path) || holds_cifar100(path) ||
         folder_of(path, Split::train) != path;
}

Dataset open_images(const fs::path& path, const OpenImagesOptions& options) {
  check_options(options);
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    throw IoError("open_images: cannot find {}: {}", path.string(), error.message());
  }
  Dataset set =
      fs::is_directory(status) ? open_directory(path, options) : open_file(path, options.split);
  try {
    set = resized(set, shape_for(set, options));
  } catch (const InvalidArgument& reason) {
    throw InvalidArgument("open_images: {}: {}", path.string(), reason.what());
  }
  return options.classes.empty() ? set : with_classes(set, options.classes, path.string());
}

TrainAndTest open_train_and_test(const fs::path& path, OpenImagesOptions options) {
  options.split = Split::train;
  TrainAndTest task{.train = open_images(path, options), .test = {}};
  if (!has_parts(path)) return hold_out(task.train);
  options.split = Split::test;
  if (options.classes.empty()) options.classes = task.train.classes;
  task.test = open_images(path, options);
  return task;
}

}  // namespace linseed::data
