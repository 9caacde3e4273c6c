// A file of records, each with its length and checksums (TFRecord).
#pragma once

#include <filesystem>
#include <string_view>

#include <linseed/framework/report/append_file_internal.h>

namespace linseed {

/// An event file of its own in a directory, "events.out.tfevents.<seconds>.<host>.<process>.<n>",
/// whose first record says what it is. Failures are IoErrors.
class EventFile final {
 public:
  explicit EventFile(const std::filesystem::path& directory);

  /// Appends `data` as one record, and gives it to the system.
  void append(std::string_view data);
  void synchronize() { file_.synchronize(); }

  const std::filesystem::path& path() const { return file_.path(); }

 private:
  AppendFile file_;
};

}  // namespace linseed
