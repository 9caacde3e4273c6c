#include <algorithm>
#include <array>

#include <linseed/framework/core/error.h>
#include <linseed/framework/core/replica_axis.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/io/checkpoint_file.h>
#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/framework/io/checksum_internal.h>
#include <linseed/framework/io/directory_internal.h>
#include <linseed/framework/io/exported_internal.h>
#include <linseed/framework/io/image_reader_internal.h>
#include <linseed/framework/io/image_writer_internal.h>
#include <linseed/framework/io/match_internal.h>
#include <linseed/framework/io/names_internal.h>
#include <linseed/framework/io/stored_parts_internal.h>

namespace linseed::io {
namespace {

/// Larger images are not read back before they are written.
constexpr std::size_t kReadBackBytes = std::size_t{256} << 20;

/// The tensors of `state`, all of which must have, or be able to get, values.
std::vector<Tensor> tensors_of(const State& state) {
  std::vector<Tensor> tensors;
  for (const auto& [path, tensor] : named_tensors(state)) {
    if (!tensor.defined()) {
      throw InvalidArgument("checkpoint: '{}' is an undefined Tensor: it was never assigned", path);
    }
    if (tensor.is_traced()) {
      throw InvalidArgument(
          "checkpoint: '{}' has no value while {} traces the function; save outside of it", path,
          traced_by(tensor));
    }
    tensors.push_back(tensor);
  }
  return tensors;
}

/// Running averages of replicas that differ are no state of a model.
void check_in_step(const State& state, const std::string& path, int replicas = 0) {
  if (state.replicas > 0) replicas = state.replicas;
  for (const auto& [name, part] : state.parts) {
    check_in_step(part, join_path(path, name), replicas);
  }
  const Tensor& x = state.tensor;
  if (replicas < 2 || !x.defined() || !is_floating(x.dtype()) || x.ndim() == 0) return;
  if (x.dim(0) != replicas) return;  // replicas were taken from it or averaged since
  if (const std::int64_t other = replica_out_of_step(x)) {
    throw InvalidArgument(
        "checkpoint: '{}' differs between replicas 0 and {}: each has its own running averages. "
        "Save unreplicate(sync_batch_stats(state)), or let BatchNorm exchange them (.axis_name); "
        "to keep them apart as they are, save state.as_dict()",
        path, other);
  }
}

void check_arguments(std::int64_t step, const SaveOptions& options) {
  if (options.keep < 1) {
    throw InvalidArgument("checkpoint: keep is {}; at least the new checkpoint is kept: keep >= 1",
                          options.keep);
  }
  if (step < 0) throw InvalidArgument("checkpoint: step is {}; steps are not negative", step);
  check_prefix(options.prefix);
}

void check_is_newest(const Directory& directory, std::int64_t step, const SaveOptions& options) {
  const std::vector<std::int64_t> steps = directory.steps(options.prefix);
  if (options.overwrite || steps.empty() || steps.back() < step) return;
  throw InvalidArgument(
      "checkpoint: step {} is not newer than step {} in '{}' (files '{}<step>'); save a later "
      "step, "
      "use another directory, or pass .overwrite = true, which deletes step {} and all newer ones",
      step, steps.back(), directory.path().string(), options.prefix, step);
}

/// Reads the image back, and compares names, shapes, dtypes and checksums.
void read_back(const Image& image, const State& state, const State& functions) {
  try {
    const std::string who = "the file just built in memory";
    const StoredImage stored = read_image(image.bytes, who);
    const auto check = [&](const StoredState& part, const State& saved) {
      for (const Match& one : match(part, saved, who)) check_bytes(*one.stored, who, one.name);
    };
    check(stored.state, state);
    if (stored.functions) check(*stored.functions, functions);
  } catch (const Error& error) {
    throw InternalError("checkpoint: what was to be saved does not read back: {}", error.what());
  }
}

/// Deletes all but the newest `keep`, and those newer than `step` if they are to be overwritten. A
/// checkpoint of another writer that is newer stays.
void prune(const Directory& directory, std::int64_t step, const SaveOptions& options) {
  const std::vector<std::int64_t> steps = directory.steps(options.prefix);
  const auto own = std::lower_bound(steps.begin(), steps.end(), step);
  const auto older = own - steps.begin();
  const auto kept_older = std::min<std::ptrdiff_t>(older, options.keep - 1);
  std::vector<std::int64_t> superseded;
  if (options.overwrite) {
    std::copy_if(own, steps.end(), std::back_inserter(superseded),
                 [&](std::int64_t other) { return other > step; });
    std::reverse(superseded.begin(), superseded.end());
  }
  const bool deletes_newer = !superseded.empty();
  superseded.insert(superseded.end(), steps.begin(), own - kept_older);

  for (const std::int64_t old : superseded) {
    const std::string name = options.prefix + std::to_string(old);
    const int removed = directory.remove(name);
    if (removed < 0 && removed != -ENOENT) {
      throw IoError("checkpoint of step {} is saved, but '{}' cannot be deleted: {}", step,
                    (directory.path() / name).string(), error_text(removed));
    }
  }
  // An older one that reappears after a power failure does no harm; a newer one would be restored.
  if (!deletes_newer) return;
  const int done = directory.synchronize();
  if (done < 0) {
    throw IoError("checkpoint of step {} is saved, but newer ones in '{}' may reappear: {}", step,
                  directory.path().string(), error_text(done));
  }
}

}  // namespace

Image checked_image(const State& state, const ImageInfo& info) {
  const std::vector<Tensor> tensors = tensors_of(state);
  evaluate_tensors(tensors);
  check_in_step(state, "");
  Image image = write_image(state, info);
  if (image.bytes.size() < kReadBackBytes) read_back(image, state, info.functions);
  return image;
}

State write_functions(const std::map<std::string, Exported>& functions, const State& state) {
  State result = dictionary();
  for (const auto& [name, function] : functions) {
    try {
      state_for(function, state);
    } catch (const InvalidArgument& error) {
      throw InvalidArgument("checkpoint: '{}': {}", name, error.what());
    }
    result.parts.push_back({name, write_exported(function)});
  }
  return result;
}

void write_file(const Directory& directory, const std::string& name, const Image& image,
                const ImageInfo& info, bool replace) {
  const std::span<const std::byte> payload = image.bytes.subspan(kHeaderBytes);
  const auto header =
      encode_header({payload.size(), crc32c(payload), info.uuid, static_cast<double>(info.step)});
  const std::array<std::span<const std::byte>, 2> pieces = {header, payload};
  directory.write(name, pieces, replace);
}

std::filesystem::path save(FileSystem& files, const std::filesystem::path& path, const State& state,
                           std::int64_t step, const SaveOptions& options, const Uuid& uuid) {
  check_arguments(step, options);
  const Directory directory(files, path, true);
  check_is_newest(directory, step, options);
  directory.remove_abandoned(options.prefix);

  const ImageInfo info{step, uuid, options.config, write_functions(options.functions, state)};
  const Image image = checked_image(state, info);
  const std::string name = options.prefix + std::to_string(step);
  write_file(directory, name, image, info, options.overwrite);
  prune(directory, step, options);
  return path / name;
}

std::filesystem::path save(const std::filesystem::path& directory, const State& state,
                           std::int64_t step, const SaveOptions& options) {
  FileSystem files;
  return save(files, directory, state, step, options, random_uuid());
}

}  // namespace linseed::io
