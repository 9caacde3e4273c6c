// Checkpoints: trees of tensors kept in HDF5 files, one file for each step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/io/exported.h>
#include <linseed/framework/io/state.h>

namespace linseed {

struct SaveOptions {
  int keep = 1;            // how many checkpoints stay, this one included
  bool overwrite = false;  // replace this step, and delete newer ones
  std::string prefix = "checkpoint_";
  std::string config = {};  // JSON text kept with the state, as /meta/config_json
  /// Kept with the state, for programs that do not have the network's source; see exported.h.
  std::map<std::string, Exported> functions = {};
};

struct RestoreOptions {
  /// The target is this sub-tree of what was saved: "optimizer/target". Names are as in the file:
  /// a '/' within a name is written %2F, a '%' %25.
  std::string at = {};
  std::optional<std::int64_t> step = {};  // default: the newest
  std::string prefix = "checkpoint_";
  bool fallback = false;  // if the newest is damaged, warn on stderr and take an older one
  std::uint64_t size_limit = std::uint64_t{16} << 30;  // bytes; larger files are refused unread
};

/// What was restored, and the step it was saved at.
template <class T>
struct Restored {
  T value;
  std::int64_t step;
};

namespace io {

struct RestoredTensors {
  std::vector<Tensor> tensors;  // in the order of the target
  std::int64_t step;
};

std::filesystem::path save(const std::filesystem::path& directory, const State& state,
                           std::int64_t step, const SaveOptions& options);
RestoredTensors restore(const std::filesystem::path& directory, const State& target,
                        const RestoreOptions& options);

}  // namespace io

/// Saves the tensors of `target` as `directory`/`prefix``step`, and returns that path; then deletes
/// all but the newest `keep` checkpoints. Makes the directory if need be. The file appears whole or
/// not at all: whatever fails, or if the power fails, older checkpoints are untouched. Numbers and
/// other fixed parts of the tree are not saved; values that are not finite are saved as they are.
///
/// InvalidArgument if `keep` < 1, `step` < 0, a tensor is traced, a Collection holds running
/// averages that differ between replicas, a function reads what is not in the state, or the
/// directory holds this step or a newer one and `overwrite` is not set. IoError if the system
/// refuses.
template <class T>
std::filesystem::path save_checkpoint(const std::filesystem::path& directory, const T& target,
                                      std::int64_t step, const SaveOptions& options = {}) {
  static_assert(tree::Treelike<T>, "save_checkpoint: the target must be a tree of tensors");
  return io::save(directory, io::describe(target), step, options);
}

/// A copy of `target` with the tensors of the newest checkpoint, or of the one of `options.step`.
/// The target gives structure, shapes and dtypes; its values are not read.
///
/// InvalidArgument if what was saved differs from the target: it lists all tensors that are
/// missing, superfluous, or of another shape or dtype. IoError if there is nothing to restore or
/// the system refuses. DataCorruption if the file is not what was saved.
template <class T>
Restored<T> restore_checkpoint(const std::filesystem::path& directory, const T& target,
                               const RestoreOptions& options = {}) {
  static_assert(tree::Treelike<T>, "restore_checkpoint: the target must be a tree of tensors");
  const io::RestoredTensors restored = io::restore(directory, io::describe(target), options);
  return {tree::with_leaves(target, restored.tensors), restored.step};
}

/// The step of the newest checkpoint; none if there is no such file, or no directory.
std::optional<std::int64_t> latest_step(const std::filesystem::path& directory,
                                        std::string_view prefix = "checkpoint_");

/// The JSON text that was saved with a checkpoint; empty if there was none.
std::string checkpoint_config(const std::filesystem::path& directory,
                              const RestoreOptions& options = {});

}  // namespace linseed
