// The system calls by which checkpoints reach the disk, so that tests can let each of them fail.
#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace linseed::io {

/// Each function returns what the call of the same manual page returns, or -errno. Names are
/// relative to an open directory.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual int open(int directory, const char* name, int flags);  // openat(2); new files 0666
  virtual int make_directory(const char* path);                  // mkdir(2), 0777
  virtual int duplicate(int descriptor);                         // fcntl(2), F_DUPFD_CLOEXEC
  virtual int close(int descriptor);
  virtual int lock(int descriptor);                           // flock(2), LOCK_EX | LOCK_NB
  virtual int allocate(int descriptor, std::uint64_t bytes);  // posix_fallocate(3)
  virtual std::int64_t write(int descriptor, const std::byte* data, std::size_t bytes);
  virtual std::int64_t read(int descriptor, std::byte* data, std::size_t bytes);
  virtual int synchronize(int descriptor);                                   // fsync(2)
  virtual int status(int descriptor, struct stat& result);                   // fstat(2)
  virtual int list(int directory, std::vector<std::string>& names);          // readdir(3)
  virtual int rename_new(int directory, const char* from, const char* to);   // RENAME_NOREPLACE
  virtual int rename_over(int directory, const char* from, const char* to);  // renameat(2)
  virtual int link(int directory, const char* from, const char* to);         // linkat(2)
  virtual int remove(int directory, const char* name);                       // unlinkat(2)
};

/// An open file descriptor, closed at the end.
class Descriptor final {
 public:
  Descriptor(FileSystem& files, int descriptor) : files_(&files), descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept
      : files_(other.files_), descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(files_, other.files_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return descriptor_; }
  /// 0 or -errno; 0 if it was closed before.
  int close() {
    const int descriptor = std::exchange(descriptor_, -1);
    return descriptor < 0 ? 0 : files_->close(descriptor);
  }

 private:
  FileSystem* files_;
  int descriptor_;
};

/// Calls `call` again while a signal interrupts it, within reason: a call that is interrupted for
/// ever is an error, not an endless loop.
template <class Call>
auto uninterrupted(Call call) {
  constexpr int kMostAttempts = 1000;
  auto result = call();
  for (int attempt = 1; attempt < kMostAttempts && result == -EINTR; ++attempt) result = call();
  return result;
}

/// The system's words for an error: "No space left on device".
std::string error_text(std::int64_t error);

}  // namespace linseed::io
