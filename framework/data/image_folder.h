// A folder of pictures, one folder in it for each class.
#pragma once

#include <filesystem>

#include <linseed/framework/data/dataset.h>

namespace linseed::data {

/// The size that all images of a folder are brought to. A height and width of 0 mean that of the
/// first image, which must then be sound and all others have; else images are resized and cut (see
/// `resized`).
struct ImageFolderOptions {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 3;  // 1: grey
};

/// The PNG and JPEG files (.png, .jpg, .jpeg, in any case) of `directory`, labelled by the folder
/// that they lie in, at any depth:
///
///     flowers/daisy/1.jpg  flowers/daisy/more/2.png  flowers/rose/1.jpg
///
/// Classes, and the files of a class, stand in the order of their names; hidden ones, and files of
/// other names, are passed over. Files are read when they are asked for, so a set may be larger
/// than memory.
///
/// IoError if there is no such directory, or a file cannot be read; InvalidArgument if there is no
/// class, one without an image, or an option out of range; DataCorruption for a file that is no
/// image or of the wrong size, when it is read.
Dataset image_folder(const std::filesystem::path& directory,
                     const ImageFolderOptions& options = {});

/// The files of that set, image by image.
std::vector<std::filesystem::path> image_folder_files(const std::filesystem::path& directory);

}  // namespace linseed::data
