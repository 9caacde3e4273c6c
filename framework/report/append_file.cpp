#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <linseed/framework/core/error.h>
#include <linseed/framework/report/append_file_internal.h>

namespace linseed {
namespace {

off_t offset(std::uintmax_t bytes) { return static_cast<off_t>(bytes); }

}  // namespace

AppendFile::AppendFile(std::filesystem::path path, Opened opened) : path_(std::move(path)) {
  std::error_code error;  // what stood in the way, opening the file tells
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), error);
  file_.reset(std::fopen(path_.c_str(), opened == Opened::any ? "abe" : "abxe"));
  if (file_ == nullptr) fail("opened", errno);
  if (flock(fileno(file_.get()), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw IoError("'{}' is being written to already, by this program or another one",
                  path_.string());
  }
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);  // a piece is one call of write(2)
  size_ = std::filesystem::file_size(path_, error);
  if (error) fail("opened", error.value());
}

void AppendFile::append(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    const int reason = errno;
    std::clearerr(file_.get());
    // The failure that matters is the first.
    [[maybe_unused]] const int ignored = ftruncate(fileno(file_.get()), offset(size_));
    fail("written", reason);
  }
  size_ += bytes.size();
}

void AppendFile::cut(std::uintmax_t bytes) {
  if (ftruncate(fileno(file_.get()), offset(bytes)) != 0) fail("shortened", errno);
  size_ = bytes;
}

void AppendFile::synchronize() {
  if (fsync(fileno(file_.get())) != 0) fail("made durable", errno);
}

void AppendFile::fail(std::string_view what, int reason) const {
  throw IoError("'{}' cannot be {}: {}", path_.string(), what,
                std::generic_category().message(reason));
}

}  // namespace linseed
