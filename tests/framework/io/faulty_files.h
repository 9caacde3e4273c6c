// A file system whose calls fail when told to.
#pragma once

#include <algorithm>
#include <cerrno>

#include <linseed/framework/io/file_system_internal.h>

namespace linseed::test {

/// Counts its calls; from the `first`, one or all fail with `error`. An error of 0 stands for reads
/// and writes that do only a part. Syncs nothing, which is faster and no test can tell.
class FaultyFiles final : public io::FileSystem {
 public:
  FaultyFiles() = default;
  FaultyFiles(int first, int error, bool for_ever)
      : first_(first), error_(error), for_ever_(for_ever) {}

  int calls() const { return calls_; }
  /// True if a call to remove a file failed.
  bool kept_a_file() const { return kept_a_file_; }
  /// Renaming without replacing, and links, are unknown to this file system.
  void forget_renames(bool and_links) {
    no_rename_ = true;
    no_links_ = and_links;
  }

  int open(int directory, const char* name, int flags) override {
    return fails() ? -error_ : FileSystem::open(directory, name, flags);
  }
  int make_directory(const char* path) override {
    return fails() ? -error_ : FileSystem::make_directory(path);
  }
  int duplicate(int descriptor) override {
    return fails() ? -error_ : FileSystem::duplicate(descriptor);
  }
  int close(int descriptor) override {
    const bool failed = fails();
    const int closed = FileSystem::close(descriptor);  // Linux closes even if it says it failed
    return failed ? -error_ : closed;
  }
  int lock(int descriptor) override { return fails() ? -error_ : FileSystem::lock(descriptor); }
  int allocate(int descriptor, std::uint64_t bytes) override {
    return fails() ? -error_ : FileSystem::allocate(descriptor, bytes);
  }
  std::int64_t write(int descriptor, const std::byte* data, std::size_t bytes) override {
    if (fails()) return -error_;
    return FileSystem::write(descriptor, data, part_of(bytes));
  }
  std::int64_t read(int descriptor, std::byte* data, std::size_t bytes) override {
    if (fails()) return -error_;
    return FileSystem::read(descriptor, data, part_of(bytes));
  }
  int synchronize(int) override { return fails() ? -error_ : 0; }
  int status(int descriptor, struct stat& result) override {
    return fails() ? -error_ : FileSystem::status(descriptor, result);
  }
  int list(int directory, std::vector<std::string>& names) override {
    return fails() ? -error_ : FileSystem::list(directory, names);
  }
  int rename_new(int directory, const char* from, const char* to) override {
    if (no_rename_) return -EINVAL;
    return fails() ? -error_ : FileSystem::rename_new(directory, from, to);
  }
  int rename_over(int directory, const char* from, const char* to) override {
    return fails() ? -error_ : FileSystem::rename_over(directory, from, to);
  }
  int link(int directory, const char* from, const char* to) override {
    if (no_links_) return -EPERM;
    return fails() ? -error_ : FileSystem::link(directory, from, to);
  }
  int remove(int directory, const char* name) override {
    if (!fails()) return FileSystem::remove(directory, name);
    kept_a_file_ = true;
    return -error_;
  }

 private:
  bool is_hit() { return ++calls_ == first_ || (for_ever_ && calls_ > first_ && first_ > 0); }
  bool fails() { return (is_hit_ = is_hit()) && error_ != 0; }
  std::size_t part_of(std::size_t bytes) const {
    return is_hit_ ? std::clamp<std::size_t>(bytes / 2, 1, 300) : bytes;
  }

  int first_ = 0;  // 0: none fails
  int error_ = 0;
  bool for_ever_ = false;
  int calls_ = 0;
  bool is_hit_ = false;
  bool kept_a_file_ = false;
  bool no_rename_ = false;
  bool no_links_ = false;
};

}  // namespace linseed::test
