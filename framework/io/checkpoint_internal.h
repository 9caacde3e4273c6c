// Saving and restoring through a given file system.
#pragma once

#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/io/directory_internal.h>
#include <linseed/framework/io/file_system_internal.h>
#include <linseed/framework/io/header_internal.h>
#include <linseed/framework/io/image_reader_internal.h>
#include <linseed/framework/io/image_writer_internal.h>

namespace linseed::io {

/// `functions` as a dictionary. InvalidArgument if one reads what is not in `state`.
State write_functions(const std::map<std::string, Exported>& functions, const State& state);

/// The file of that state, whose tensors are evaluated now, read back and compared if it is not
/// very large. InvalidArgument for a state that cannot be saved.
Image checked_image(const State& state, const ImageInfo& info);

/// The structure of a whole checkpoint; DataCorruption, naming `path`, if it is not what was saved.
StoredImage examine(std::span<const std::byte> bytes, const std::string& path);

/// Writes `image`, made with `info`, as the file `name`; see Directory::write.
void write_file(const Directory& directory, const std::string& name, const Image& image,
                const ImageInfo& info, bool replace);

std::filesystem::path save(FileSystem& files, const std::filesystem::path& directory,
                           const State& state, std::int64_t step, const SaveOptions& options,
                           const Uuid& uuid);
RestoredTensors restore(FileSystem& files, const std::filesystem::path& directory,
                        const State& target, const RestoreOptions& options);

}  // namespace linseed::io
