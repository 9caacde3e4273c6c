// A file that appears whole or not at all.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include <linseed/framework/io/file_system_internal.h>

namespace linseed::io {

/// A file under a temporary name, ".<name>.<process>.<random>.tmp", locked while its writer lives.
/// It goes away with this object unless it was committed. Failures are IoErrors.
class AtomicFile final {
 public:
  AtomicFile(FileSystem& files, int directory, const std::filesystem::path& path, std::string name);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Writes `pieces` one after the other and makes them durable.
  void write(std::span<const std::span<const std::byte>> pieces);
  /// Gives the file its name.
  void commit(bool replace);

 private:
  bool create();
  void write_all(std::span<const std::byte> bytes);
  int rename(bool replace);
  [[noreturn]] void fail(std::string_view what, std::int64_t error) const;

  FileSystem& files_;
  int directory_;
  std::string path_;  // what messages call it
  std::string name_;
  std::string temporary_;
  Descriptor file_;
  bool exists_ = false;  // under its temporary name
};

/// True for the temporary names of files named `prefix` and a number.
bool is_temporary_name(std::string_view name, std::string_view prefix);

/// Removes the file `name` if no living writer has locked it. Best effort.
void remove_if_abandoned(FileSystem& files, int directory, const std::string& name);

}  // namespace linseed::io
