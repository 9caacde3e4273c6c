// A checkpoint file by itself, for programs that look at what others have saved.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include <linseed/framework/io/exported.h>
#include <linseed/framework/io/state.h>

namespace linseed {

/// All that a checkpoint file holds.
struct CheckpointFile {
  std::filesystem::path path;  // of the file it was read from
  std::int64_t step = 0;
  std::string uuid = {};
  std::string library_version = {};  // of the linseed that wrote it
  std::string config = {};           // JSON text, or ""
  io::State state = {};              // the tree that was saved
  std::map<std::string, Exported> functions = {};
  std::map<std::string, std::string> unreadable = {};  // other functions, and why: see below

  /// NotSupported if functions are unreadable, which would be lost where the rest is written.
  void check_writable() const;
};

/// The checkpoint `path`; if that is a directory, the newest in it whose name begins with `prefix`.
/// IoError if there is none or the system refuses, DataCorruption if the file is not what was
/// saved. A function that needs an operation which this build does not have is `unreadable`. Run
/// functions of files you trust only: see io::read_exported.
CheckpointFile read_checkpoint(const std::filesystem::path& path,
                               std::string_view prefix = "checkpoint_");

/// Writes step, config, state and functions of `checkpoint` as `file`, whole or not at all, under a
/// new uuid; makes its folder if need be. InvalidArgument for a state that cannot be saved,
/// NotSupported if functions that were unreadable would be lost, IoError if the system refuses or,
/// unless `replace`, if the file exists.
void write_checkpoint(const std::filesystem::path& file, const CheckpointFile& checkpoint,
                      bool replace = false);

/// The tensors of `state` that `function` reads, in its order. InvalidArgument that names those
/// that are missing, or of another shape or dtype.
std::vector<Tensor> state_for(const Exported& function, const io::State& state);

}  // namespace linseed
