// A file that grows piece by piece, each of which is in it whole or not at all.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

namespace linseed {

/// Opens a file for appending, and makes it and the directories on its way if need be. All failures
/// are IoErrors, and so is a file that another AppendFile, here or in another process, has open:
/// two of them would cut off each other's pieces. (File systems without flock(2) cannot tell.)
class AppendFile final {
 public:
  enum class Opened { any, only_new };  // only_new: an error if there is such a file

  explicit AppendFile(std::filesystem::path path, Opened opened = Opened::any);

  /// Gives `bytes` to the system. If that fails, as on a full disk, what was written of them is cut
  /// off, so that a later piece does not follow a torn one.
  void append(std::string_view bytes);
  /// Keeps the first `bytes` bytes only.
  void cut(std::uintmax_t bytes);
  /// Makes what was written durable: fsync(2).
  void synchronize();

  const std::filesystem::path& path() const { return path_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  [[noreturn]] void fail(std::string_view what, int reason) const;

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::uintmax_t size_ = 0;
};

}  // namespace linseed
