#include <linseed/framework/io/atomic_file_internal.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/header_internal.h>

namespace linseed::io {
namespace {

constexpr std::string_view kSuffix = ".tmp";

/// Locks `file`: 0, or -EWOULDBLOCK if another has it. File systems without locks do without.
int lock(FileSystem& files, int file) {
  const int locked = uninterrupted([&] { return files.lock(file); });
  const bool is_unknown = locked == -ENOLCK || locked == -EOPNOTSUPP || locked == -ENOSYS;
  return is_unknown ? 0 : locked;
}

/// Moves past the characters of `set` at the front of `text`; false if there is none.
bool skip(std::string_view& text, std::string_view set) {
  const std::size_t length = std::min(text.find_first_not_of(set), text.size());
  text.remove_prefix(length);
  return length > 0;
}

}  // namespace

AtomicFile::AtomicFile(FileSystem& files, int directory, const std::filesystem::path& path,
                       std::string name)
    : files_(files),
      directory_(directory),
      path_((path / name).string()),
      name_(std::move(name)),
      file_(files, -1) {
  // Whoever cleans up may take the file between its creation and its lock: then another.
  constexpr int kMostAttempts = 16;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    if (create()) return;
  }
  fail("cannot create a temporary file for", EEXIST);
}

AtomicFile::~AtomicFile() {
  if (exists_) {
    static_cast<void>(uninterrupted([&] { return files_.remove(directory_, temporary_.c_str()); }));
  }
}

bool AtomicFile::create() {
  temporary_ =
      fmt::format(".{}.{}.{}{}", name_, getpid(), to_string(random_uuid()).substr(0, 8), kSuffix);
  const int opened = uninterrupted([&] {
    return files_.open(directory_, temporary_.c_str(),
                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC);
  });
  if (opened == -EEXIST) return false;
  if (opened < 0) fail("cannot create", opened);
  file_ = Descriptor(files_, opened);
  exists_ = true;
  const int locked = lock(files_, opened);
  struct stat status;
  const int known = files_.status(opened, status);
  if (locked == 0 && known == 0 && status.st_nlink > 0) return true;

  static_cast<void>(uninterrupted([&] { return files_.remove(directory_, temporary_.c_str()); }));
  exists_ = false;
  if (known < 0) fail("cannot examine", known);
  if (locked < 0 && locked != -EWOULDBLOCK) fail("cannot lock", locked);
  return false;
}

void AtomicFile::write(std::span<const std::span<const std::byte>> pieces) {
  std::uint64_t bytes = 0;
  for (const auto& piece : pieces) bytes += piece.size();
  // So that a full disk is known before anything is written.
  const int allocated = uninterrupted([&] { return files_.allocate(file_.get(), bytes); });
  if (allocated < 0 && allocated != -EOPNOTSUPP && allocated != -EINVAL) {
    fail(fmt::format("cannot reserve {} bytes for", bytes), allocated);
  }
  for (const auto& piece : pieces) write_all(piece);
  // Never again after a failure: the system may have forgotten by then what it could not write.
  const int synchronized = files_.synchronize(file_.get());
  if (synchronized < 0) fail("cannot make durable", synchronized);
}

void AtomicFile::write_all(std::span<const std::byte> bytes) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 30;
  while (!bytes.empty()) {
    const std::int64_t wrote = uninterrupted([&] {
      return files_.write(file_.get(), bytes.data(), std::min(bytes.size(), kMostBytes));
    });
    if (wrote < 0) fail("cannot write", wrote);
    if (wrote == 0) fail("cannot write", EIO);
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
}

void AtomicFile::commit(bool replace) {
  // The lock lives as long as one of the two descriptors, so that nobody takes the file for
  // abandoned between its closing and its renaming.
  Descriptor keeps_lock(files_, uninterrupted([&] { return files_.duplicate(file_.get()); }));
  if (keeps_lock.get() < 0) fail("cannot keep the lock of", keeps_lock.get());
  const int closed = file_.close();
  if (closed < 0 && closed != -EINTR) fail("cannot close", closed);
  const int renamed = rename(replace);
  if (renamed == -EEXIST) fail("another writer was faster with", renamed);
  if (renamed < 0) fail("cannot rename a temporary file to", renamed);
}

int AtomicFile::rename(bool replace) {
  const char* from = temporary_.c_str();
  const char* to = name_.c_str();
  int result = replace ? uninterrupted([&] { return files_.rename_over(directory_, from, to); })
                       : uninterrupted([&] { return files_.rename_new(directory_, from, to); });
  if (result == 0) exists_ = false;
  if (replace || (result != -EINVAL && result != -ENOSYS)) return result;
  // A file system that cannot rename without replacing. A link does not replace either; where
  // there are none, the names of all checkpoints were looked at before.
  result = uninterrupted([&] { return files_.link(directory_, from, to); });
  if (result != -EPERM && result != -EOPNOTSUPP && result != -ENOSYS) return result;
  result = uninterrupted([&] { return files_.rename_over(directory_, from, to); });
  if (result == 0) exists_ = false;
  return result;
}

void AtomicFile::fail(std::string_view what, std::int64_t error) const {
  throw IoError("{} '{}': {}; older checkpoints are as they were", what, path_, error_text(error));
}

bool is_temporary_name(std::string_view name, std::string_view prefix) {
  if (!name.starts_with('.') || !name.substr(1).starts_with(prefix)) return false;
  name.remove_prefix(1 + prefix.size());
  constexpr std::string_view kDigits = "0123456789";
  return skip(name, kDigits) && skip(name, ".") && skip(name, kDigits) && skip(name, ".") &&
         skip(name, "0123456789abcdef") && name == kSuffix;
}

void remove_if_abandoned(FileSystem& files, int directory, const std::string& name) {
  const Descriptor file(
      files, files.open(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0 || files.lock(file.get()) != 0) return;
  static_cast<void>(files.remove(directory, name.c_str()));
}

}  // namespace linseed::io
