#include <linseed/framework/command/checkpoint_file.h>

#include <algorithm>
#include <optional>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/io/names_internal.h>

namespace linseed::command {
namespace {

namespace fs = std::filesystem;

fs::path newest_of(const fs::path& run, std::string_view prefix) {
  const std::optional<std::int64_t> step = latest_step(run, prefix);
  if (!step) {
    throw IoError("'{}' holds no checkpoint: no file '{}<step>'", run.string(), prefix);
  }
  return run / fmt::format("{}{}", prefix, *step);
}

void collect(const io::State& state, const StateTensor& here, std::vector<StateTensor>& result) {
  if (state.is_tensor()) result.push_back({here.names, here.path, state.tensor});
  for (const auto& [name, part] : state.parts) {
    StateTensor below{here.names, io::join_path(here.path, name), {}};
    below.names.push_back(name);
    collect(part, below, result);
  }
}

}  // namespace

CheckpointFile open_checkpoint(const fs::path& given, std::string_view prefix) {
  std::error_code unknown;
  const fs::path path = fs::is_directory(given, unknown) ? newest_of(given, prefix) : given;
  return read_checkpoint(path);
}

std::vector<StateTensor> tensors_of(const io::State& state) {
  std::vector<StateTensor> result;
  collect(state, {}, result);
  return result;
}

const io::State* find_part(const io::State& state, std::string_view name) {
  const auto found = std::find_if(state.parts.begin(), state.parts.end(),
                                  [&](const io::StatePart& part) { return part.name == name; });
  return found == state.parts.end() ? nullptr : &found->state;
}

bool has_running_averages(const io::State& state) {
  const io::State* mean = find_part(state, "mean");
  const io::State* var = find_part(state, "var");
  return mean != nullptr && var != nullptr && mean->is_tensor() && var->is_tensor() &&
         is_floating(mean->tensor.dtype()) && mean->tensor.spec() == var->tensor.spec();
}

}  // namespace linseed::command
