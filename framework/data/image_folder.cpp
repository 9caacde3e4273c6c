#include <linseed/framework/data/image_folder.h>

#include <algorithm>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/image_file.h>
#include <linseed/framework/data/resize.h>

namespace linseed::data {
namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

bool is_image_name(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

/// A link to what is gone counts: it is a broken image, to be told of when it is read.
bool is_file_or_lost(const fs::directory_entry& entry) {
  return entry.is_regular_file() || !entry.exists();
}

/// The image files below `folder`, sorted.
std::vector<fs::path> images_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator(folder);
       entry != fs::recursive_directory_iterator(); ++entry) {
    if (is_hidden(entry->path())) {
      if (entry->is_directory()) entry.disable_recursion_pending();
    } else if (is_image_name(entry->path()) && is_file_or_lost(*entry)) {
      files.push_back(entry->path());
    }
  }
  std::ranges::sort(files);
  return files;
}

/// The files of all classes, and what stands for their labels.
struct Listing {
  std::vector<std::string> classes;
  std::vector<fs::path> files;
  std::vector<std::int32_t> labels;
};

Listing list(const fs::path& directory) {
  Listing listing;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.is_directory() && !is_hidden(entry.path())) {
      listing.classes.push_back(entry.path().filename().string());
    }
  }
  std::ranges::sort(listing.classes);
  if (listing.classes.empty()) {
    throw InvalidArgument("image_folder: {} holds no folder; expected one for each class",
                          directory.string());
  }
  for (std::size_t label = 0; label < listing.classes.size(); ++label) {
    const auto files = images_below(directory / listing.classes[label]);
    if (files.empty()) {
      throw InvalidArgument("image_folder: class {} has no .png, .jpg or .jpeg file",
                            (directory / listing.classes[label]).string());
    }
    listing.files.insert(listing.files.end(), files.begin(), files.end());
    listing.labels.resize(listing.files.size(), static_cast<std::int32_t>(label));
  }
  return listing;
}

Listing listing_of(const fs::path& directory) {
  try {
    return list(directory);
  } catch (const fs::filesystem_error& error) {
    throw IoError("image_folder: {}: {}", directory.string(), error.code().message());
  }
}

void check_options(const ImageFolderOptions& options) {
  const bool none = options.height == 0 && options.width == 0;
  const bool both = options.height > 0 && options.width > 0;
  if ((none || both) && options.channels >= 1 && options.channels <= 4) return;
  throw InvalidArgument(
      "image_folder: images of {} x {} with {} channels; expected both sizes or neither, and 1 to "
      "4 channels",
      options.height, options.width, options.channels);
}

Image read_at_size(const fs::path& file, const ImageShape& shape, bool may_resize) {
  const Image image = read_image_file(file, shape.channels);
  if (image.shape == shape) return image;
  if (may_resize) return resized(image, shape.height, shape.width);
  throw DataCorruption(
      "{}: {} x {} pixels, but the first image of the folder has {} x {}; give image_folder a "
      "height and width to have all resized",
      file.string(), image.shape.height, image.shape.width, shape.height, shape.width);
}

}  // namespace

Dataset image_folder(const fs::path& directory, const ImageFolderOptions& options) {
  check_options(options);
  const auto listing = std::make_shared<const Listing>(listing_of(directory));
  const bool may_resize = options.height > 0;
  ImageShape shape{options.height, options.width, options.channels};
  if (!may_resize) {
    const ImageShape first = image_file_shape(listing->files.front());
    shape = {first.height, first.width, options.channels};
  }
  const auto read = [=](std::int64_t index, std::span<float> pixels) {
    const auto place = static_cast<std::size_t>(index);
    const Image image = read_at_size(listing->files[place], shape, may_resize);
    std::ranges::copy(image.pixels, pixels.begin());
    return listing->labels[place];
  };
  return {.size = static_cast<std::int64_t>(listing->files.size()),
          .shape = shape,
          .classes = listing->classes,
          .read = read};
}

std::vector<fs::path> image_folder_files(const fs::path& directory) {
  return listing_of(directory).files;
}

}  // namespace linseed::data
