#include <linseed/framework/io/checkpoint_file.h>

#include <unordered_map>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/framework/io/exported_internal.h>
#include <linseed/framework/io/names_internal.h>
#include <linseed/framework/io/stored_parts_internal.h>

namespace linseed {
namespace {

using io::State;
using io::StoredState;

State state_of(const StoredState& stored, const std::string& file, const std::string& path) {
  State state;
  state.kind = stored.kind;
  if (stored.is_tensor()) state.tensor = io::read_tensor(stored, file, path);
  for (const auto& [name, part] : stored.parts) {
    state.parts.push_back({name, state_of(part, file, io::join_path(path, name))});
  }
  return state;
}

std::filesystem::path newest_in(const std::filesystem::path& directory, std::string_view prefix) {
  const auto step = latest_step(directory, prefix);
  if (!step) {
    throw IoError("'{}' holds no checkpoint: no file '{}<step>'", directory.string(), prefix);
  }
  return directory / fmt::format("{}{}", prefix, *step);
}

}  // namespace

CheckpointFile read_checkpoint(const std::filesystem::path& path, std::string_view prefix) {
  CheckpointFile checkpoint;
  std::error_code ignored;  // what cannot be looked at is an error when it is read
  const bool is_run = std::filesystem::is_directory(path, ignored);
  checkpoint.path = is_run ? newest_in(path, prefix) : path;
  const std::string file = checkpoint.path.string();
  const io::FileBytes bytes = io::read_whole(checkpoint.path, RestoreOptions().size_limit);
  const io::StoredImage image = io::examine(bytes.span(), file);
  checkpoint.step = image.step;
  checkpoint.uuid = image.uuid;
  checkpoint.library_version = image.library_version;
  if (image.config) checkpoint.config = io::read_text(*image.config, file, "meta/config_json");
  checkpoint.state = state_of(image.state, file, "state");
  if (!image.functions) return checkpoint;
  for (const auto& [name, stored] : image.functions->parts) {
    try {
      const std::string part = io::join_path("functions", name);
      checkpoint.functions.emplace(name, io::read_exported(stored, file, part));
    } catch (const NotSupported& error) {
      checkpoint.unreadable.emplace(name, error.what());
    }
  }
  return checkpoint;
}

void CheckpointFile::check_writable() const {
  if (unreadable.empty()) return;
  const auto& [name, why] = *unreadable.begin();
  throw NotSupported("checkpoint: the function '{}' would be lost: {}", name, why);
}

void write_checkpoint(const std::filesystem::path& file, const CheckpointFile& checkpoint,
                      bool replace) {
  checkpoint.check_writable();
  io::FileSystem files;
  const io::Directory directory(files, io::folder_of(file), true);
  const io::ImageInfo info{checkpoint.step, io::random_uuid(), checkpoint.config,
                           io::write_functions(checkpoint.functions, checkpoint.state)};
  const io::Image image = io::checked_image(checkpoint.state, info);
  io::write_file(directory, file.filename().string(), image, info, replace);
}

std::vector<Tensor> state_for(const Exported& function, const State& state) {
  std::unordered_map<std::string, Tensor> tensors;
  for (auto& [path, tensor] : named_tensors(state)) tensors.emplace(path, tensor);
  std::vector<Tensor> found;
  std::string missing;
  for (const auto& [name, spec] : function.state) {
    const auto tensor = tensors.find(name);
    if (tensor != tensors.end() && tensor->second.spec() == spec) {
      found.push_back(tensor->second);
    } else {
      missing += fmt::format("\n  {} {}", name, spec);
    }
  }
  if (missing.empty()) return found;
  throw InvalidArgument("the function reads what the state does not have:{}", missing);
}

}  // namespace linseed
