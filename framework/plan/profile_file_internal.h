// The file of a profile.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>

#include <linseed/framework/plan/profile_internal.h>

namespace linseed {

/// Events in Chrome's trace format. The closing brackets are written after each of them and written
/// over by the next, so the file can be read at any time.
class ProfileFile {
 public:
  /// IoError if it cannot be written.
  ProfileFile(const std::filesystem::path& path, std::size_t most_events);

  /// Up to most_events of them all. Ends the file, and says so on standard error, when there are
  /// more, or when writing fails.
  void write(std::span<const ProfileEvent> events);

 private:
  bool append(std::string_view text);
  void end(std::string_view why);

  std::string name_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::size_t room_;      // for so many events
  std::set<int> tracks_;  // that have got their names
};

}  // namespace linseed
