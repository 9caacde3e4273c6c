#include <linseed/framework/io/file_system_internal.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <system_error>

namespace linseed::io {
namespace {

template <class Result>
Result or_error(Result result) {
  return result < 0 ? -errno : result;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

}  // namespace

int FileSystem::open(int directory, const char* name, int flags) {
  return or_error(openat(directory, name, flags, 0666));
}

int FileSystem::make_directory(const char* path) { return or_error(mkdir(path, 0777)); }

int FileSystem::duplicate(int descriptor) {
  return or_error(fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
}

int FileSystem::close(int descriptor) { return or_error(::close(descriptor)); }

int FileSystem::lock(int descriptor) { return or_error(flock(descriptor, LOCK_EX | LOCK_NB)); }

int FileSystem::allocate(int descriptor, std::uint64_t bytes) {
  return -posix_fallocate(descriptor, 0, static_cast<off_t>(bytes));
}

std::int64_t FileSystem::write(int descriptor, const std::byte* data, std::size_t bytes) {
  return or_error<std::int64_t>(::write(descriptor, data, bytes));
}

std::int64_t FileSystem::read(int descriptor, std::byte* data, std::size_t bytes) {
  return or_error<std::int64_t>(::read(descriptor, data, bytes));
}

int FileSystem::synchronize(int descriptor) { return or_error(fsync(descriptor)); }

int FileSystem::status(int descriptor, struct stat& result) {
  return or_error(fstat(descriptor, &result));
}

int FileSystem::list(int directory, std::vector<std::string>& names) {
  const int copy = or_error(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (copy < 0) return copy;
  const std::unique_ptr<DIR, CloseDirectory> stream(fdopendir(copy));
  if (!stream) {
    const int error = -errno;
    ::close(copy);
    return error;
  }
  names.clear();
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) return -errno;
    names.emplace_back(entry->d_name);
  }
}

int FileSystem::rename_new(int directory, const char* from, const char* to) {
  return or_error(renameat2(directory, from, directory, to, RENAME_NOREPLACE));
}

int FileSystem::rename_over(int directory, const char* from, const char* to) {
  return or_error(renameat(directory, from, directory, to));
}

int FileSystem::link(int directory, const char* from, const char* to) {
  return or_error(linkat(directory, from, directory, to, 0));
}

int FileSystem::remove(int directory, const char* name) {
  return or_error(unlinkat(directory, name, 0));
}

std::string error_text(std::int64_t error) {
  return std::generic_category().message(static_cast<int>(error < 0 ? -error : error));
}

}  // namespace linseed::io
