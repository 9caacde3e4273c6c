#include <linseed/framework/io/directory_internal.h>

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/atomic_file_internal.h>

namespace linseed::io {
namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

/// The number that `text` is, written as to_string would.
std::optional<std::int64_t> parse_step(std::string_view text) {
  std::int64_t step = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
  const bool is_canonical = text == "0" || (!text.empty() && text[0] >= '1' && text[0] <= '9');
  if (error != std::errc() || end != text.data() + text.size() || !is_canonical) return {};
  return step;
}

/// Makes `path` and its parents, and their names durable.
void make_directories(FileSystem& files, const std::filesystem::path& path) {
  std::filesystem::path partial, parent = ".";
  for (const auto& component : path) {
    partial /= component;
    const int made = uninterrupted([&] { return files.make_directory(partial.c_str()); });
    if (made < 0 && made != -EEXIST) {
      throw IoError("cannot make the directory '{}': {}", partial.string(), error_text(made));
    }
    if (made == 0) {
      Descriptor above(files, uninterrupted([&] {
                         return files.open(AT_FDCWD, parent.c_str(), kDirectoryFlags);
                       }));
      const int done = above.get() < 0 ? above.get() : files.synchronize(above.get());
      if (done < 0 && done != -EINVAL) {
        throw IoError("cannot make the directory '{}' durable: {}", partial.string(),
                      error_text(done));
      }
    }
    parent = partial;
  }
}

Descriptor open_directory(FileSystem& files, const std::filesystem::path& path, bool create) {
  const auto open = [&] {
    return uninterrupted([&] { return files.open(AT_FDCWD, path.c_str(), kDirectoryFlags); });
  };
  int descriptor = open();
  if (descriptor == -ENOENT && create) {
    make_directories(files, path);
    descriptor = open();
  }
  if (descriptor < 0) {
    throw IoError("cannot open the directory '{}': {}", path.string(), error_text(descriptor));
  }
  return Descriptor(files, descriptor);
}

}  // namespace

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : ".";
}

void check_prefix(std::string_view prefix) {
  if (prefix.find('/') != std::string_view::npos || prefix.find('\0') != std::string_view::npos) {
    throw InvalidArgument("checkpoint: prefix '{}' may not contain '/'; put it into the directory",
                          prefix);
  }
}

Directory::Directory(FileSystem& files, std::filesystem::path path, bool create)
    : files_(files), path_(std::move(path)), descriptor_(open_directory(files, path_, create)) {}

std::vector<std::string> Directory::names() const {
  std::vector<std::string> result;
  const int listed = uninterrupted([&] { return files_.list(descriptor_.get(), result); });
  if (listed < 0) {
    throw IoError("cannot list the directory '{}': {}", path_.string(), error_text(listed));
  }
  return result;
}

std::vector<std::int64_t> Directory::steps(std::string_view prefix) const {
  std::vector<std::int64_t> result;
  for (const std::string& name : names()) {
    if (!name.starts_with(prefix)) continue;
    const auto step = parse_step(std::string_view(name).substr(prefix.size()));
    if (step) result.push_back(*step);
  }
  std::sort(result.begin(), result.end());
  return result;
}

void Directory::write(const std::string& name, std::span<const std::span<const std::byte>> pieces,
                      bool replace) const {
  AtomicFile file(files_, descriptor_.get(), path_, name);
  file.write(pieces);
  file.commit(replace);
  const int done = synchronize();
  if (done < 0) {
    throw IoError("'{}' is saved, but its name may not survive a power failure: {}",
                  (path_ / name).string(), error_text(done));
  }
}

bool Directory::read(const std::string& name, std::uint64_t limit, FileBytes& result,
                     Links links) const {
  const std::string path = (path_ / name).string();
  const Descriptor file(files_, uninterrupted([&] {
                          // Not blocking, in case it is a pipe.
                          const int follow = links == Links::follow ? 0 : O_NOFOLLOW;
                          return files_.open(descriptor_.get(), name.c_str(),
                                             O_RDONLY | follow | O_CLOEXEC | O_NONBLOCK);
                        }));
  if (file.get() == -ENOENT) return false;
  if (file.get() < 0) throw IoError("cannot open '{}': {}", path, error_text(file.get()));
  struct stat status;
  const int known = files_.status(file.get(), status);
  if (known < 0) throw IoError("cannot examine '{}': {}", path, error_text(known));
  if (!S_ISREG(status.st_mode)) throw IoError("'{}' is not a regular file", path);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit) {
    throw IoError("'{}' has {} bytes, more than the size_limit of {}", path, size, limit);
  }
  result.data.reset(new std::byte[size]);  // uninitialised, unlike make_unique's
  result.size = size;
  for (std::size_t done = 0; done < size;) {
    const std::int64_t got = uninterrupted(
        [&] { return files_.read(file.get(), result.data.get() + done, size - done); });
    if (got < 0) throw IoError("cannot read '{}': {}", path, error_text(got));
    if (got == 0) throw DataCorruption("'{}' became shorter while it was read", path);
    done += static_cast<std::size_t>(got);
  }
  return true;
}

int Directory::remove(const std::string& name) const {
  return uninterrupted([&] { return files_.remove(descriptor_.get(), name.c_str()); });
}

int Directory::synchronize() const {
  const int done = files_.synchronize(descriptor_.get());
  return done == -EINVAL ? 0 : done;  // a file system without it
}

void Directory::remove_abandoned(std::string_view prefix) const {
  for (const std::string& name : names()) {
    if (is_temporary_name(name, prefix)) remove_if_abandoned(files_, descriptor_.get(), name);
  }
}

FileBytes read_whole(const std::filesystem::path& file, std::uint64_t limit) {
  FileSystem files;
  FileBytes bytes;
  const Directory folder(files, folder_of(file), false);
  if (folder.read(file.filename().string(), limit, bytes, Links::follow)) return bytes;
  throw IoError("there is no file '{}'", file.string());
}

}  // namespace linseed::io
