// A directory of checkpoints: what is in it, and how a file gets into it whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/io/file_system_internal.h>

namespace linseed::io {

/// InvalidArgument if files cannot begin with `prefix`: it has a '/' or a NUL.
void check_prefix(std::string_view prefix);

/// Where `file` lies; "." for a name on its own.
std::filesystem::path folder_of(const std::filesystem::path& file);

/// The bytes of a file.
struct FileBytes {
  std::unique_ptr<std::byte[]> data;
  std::size_t size = 0;

  std::span<const std::byte> span() const { return {data.get(), size}; }
};

/// What is done where a name is that of a symbolic link.
enum class Links { refuse, follow };

/// An open directory. Every failure is an IoError with path and reason.
class Directory final {
 public:
  /// Opens `path`; with `create`, makes it and its parents if need be.
  Directory(FileSystem& files, std::filesystem::path path, bool create);

  const std::filesystem::path& path() const { return path_; }

  /// The steps of all files named exactly `prefix` and a number, ascending.
  std::vector<std::int64_t> steps(std::string_view prefix) const;

  /// Writes a file of that name, whole or not at all; on disk when this returns. An existing file
  /// is replaced, or an error, as `replace` says.
  void write(const std::string& name, std::span<const std::span<const std::byte>> pieces,
             bool replace) const;

  /// The content of a regular file of at most `limit` bytes. False if there is no such file.
  bool read(const std::string& name, std::uint64_t limit, FileBytes& result,
            Links links = Links::refuse) const;

  /// 0 or -errno.
  int remove(const std::string& name) const;

  /// Makes what happened to the names of files durable. 0 or -errno.
  int synchronize() const;

  /// Removes the unfinished files of writers of `prefix` that are no more.
  void remove_abandoned(std::string_view prefix) const;

 private:
  std::vector<std::string> names() const;

  FileSystem& files_;
  std::filesystem::path path_;
  Descriptor descriptor_;
};

/// The content of that regular file, or of what a link there leads to, of at most `limit` bytes.
/// IoError if there is none.
FileBytes read_whole(const std::filesystem::path& file, std::uint64_t limit);

}  // namespace linseed::io
