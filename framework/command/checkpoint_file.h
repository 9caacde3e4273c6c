// A checkpoint file as the command sees it: whatever program wrote it, all that it says.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/io/checkpoint_file.h>

namespace linseed::command {

/// The file `path`, or the newest checkpoint of the run directory `path` whose name begins with
/// `prefix`. IoError if there is none or the system refuses; DataCorruption if it is damaged or no
/// checkpoint.
CheckpointFile open_checkpoint(const std::filesystem::path& path,
                               std::string_view prefix = "checkpoint_");

/// A tensor of a state, and the names that lead to it.
struct StateTensor {
  std::vector<std::string> names;
  std::string path;  // the names, escaped, joined by '/': as restore_checkpoint and h5dump have it
  Tensor tensor;
};

/// All tensors of a state, in order.
std::vector<StateTensor> tensors_of(const io::State& state);

/// The part of that name, or null.
const io::State* find_part(const io::State& state, std::string_view name);

/// BatchNorm's running averages: tensors "mean" and "var" of one shape and a floating dtype.
bool has_running_averages(const io::State& state);

}  // namespace linseed::command
