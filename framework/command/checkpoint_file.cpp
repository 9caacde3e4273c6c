#include <linseed/framework/command/checkpoint_file.h>

#include <algorithm>
#include <optional>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/io/directory_internal.h>
#include <linseed/framework/io/header_internal.h>
#include <linseed/framework/io/image_reader_internal.h>
#include <linseed/framework/io/names_internal.h>

namespace linseed::command {
namespace {

namespace fs = std::filesystem;

io::State copy_of(const io::StoredState& stored, const std::string& file, const std::string& path) {
  io::State state;
  state.kind = stored.kind;
  if (stored.is_tensor()) state.tensor = io::read_tensor(stored, file, path);
  for (const auto& [name, part] : stored.parts) {
    state.parts.push_back({name, copy_of(part, file, io::join_path(path, name))});
  }
  return state;
}

std::string text_of(const io::StoredState& stored, const std::string& file) {
  io::check_bytes(stored, file, "meta/config_json");
  return std::string(reinterpret_cast<const char*>(stored.bytes.data()), stored.bytes.size());
}

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
  io::FileSystem files;
  const fs::path parent = path.has_parent_path() ? path.parent_path() : ".";
  io::FileBytes bytes;
  const bool exists = io::Directory(files, parent, false)
                          .read(path.filename().string(), RestoreOptions{}.size_limit, bytes);
  if (!exists) throw IoError("there is no file '{}'", path.string());
  const std::string file = path.string();
  io::check_payload(bytes.span(), file);
  const io::StoredImage image = io::read_image(bytes.span(), file);
  return {.path = path,
          .bytes = bytes.size,
          .step = image.step,
          .uuid = image.uuid,
          .library_version = image.library_version,
          .config = image.config ? text_of(*image.config, file) : "",
          .state = copy_of(image.state, file, "")};
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
