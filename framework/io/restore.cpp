#include <algorithm>
#include <cstring>
#include <exception>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/framework/io/checksum_internal.h>
#include <linseed/framework/io/directory_internal.h>
#include <linseed/framework/io/image_reader_internal.h>
#include <linseed/framework/io/match_internal.h>
#include <linseed/framework/io/stored_parts_internal.h>

namespace linseed::io {
namespace {

/// A checkpoint in memory, examined but for the checksums of its tensors.
struct Loaded {
  std::string path;
  FileBytes bytes;
  StoredImage image;
};

[[noreturn]] void throw_other(const std::string& path) {
  throw DataCorruption("{}: header, content and name of the file belong to different checkpoints",
                       path);
}

/// False if there is no such file.
bool load(const Directory& directory, std::int64_t step, const RestoreOptions& options,
          Loaded& result) {
  const std::string name = options.prefix + std::to_string(step);
  result.path = (directory.path() / name).string();
  if (!directory.read(name, options.size_limit, result.bytes)) return false;
  result.image = examine(result.bytes.span(), result.path);
  if (result.image.step != step) throw_other(result.path);
  return true;
}

std::vector<Tensor> read_tensors(const Loaded& loaded, const State& target, std::string_view at) {
  const std::string who = "checkpoint '" + loaded.path + "'";
  const StoredState& stored = find_part(loaded.image.state, at, who);
  std::vector<Tensor> tensors;
  for (const Match& part : match(stored, target, who)) {
    tensors.push_back(read_tensor(*part.stored, loaded.path, part.name));
  }
  return tensors;
}

[[noreturn]] void throw_nothing_there(const std::filesystem::path& directory,
                                      const RestoreOptions& options, std::string_view why) {
  throw IoError("nothing to restore: no checkpoint '{}{}' in '{}'{}", options.prefix,
                options.step ? std::to_string(*options.step) : "<step>", directory.string(), why);
}

/// Opens `path` for reading; IoError that says there is nothing to restore if it does not exist.
Directory open_existing(FileSystem& files, const std::filesystem::path& path,
                        const RestoreOptions& options) {
  check_prefix(options.prefix);
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) {
    throw_nothing_there(path, options, ": the directory does not exist");
  }
  return Directory(files, path, false);
}

/// The steps to try, the best first.
std::vector<std::int64_t> candidates(const Directory& directory, const RestoreOptions& options) {
  std::vector<std::int64_t> steps = directory.steps(options.prefix);
  std::reverse(steps.begin(), steps.end());
  if (options.step) {
    const auto found = std::find(steps.begin(), steps.end(), *options.step);
    if (found == steps.end()) {
      std::string known;
      for (const std::int64_t step : steps) known += ' ' + std::to_string(step);
      throw_nothing_there(directory.path(), options,
                          known.empty() ? ", nor of any other step" : "; there are steps" + known);
    }
    steps.erase(steps.begin(), found);
  }
  if (steps.empty()) throw_nothing_there(directory.path(), options, "");
  if (!options.fallback) steps.erase(steps.begin() + 1, steps.end());
  return steps;
}

/// Calls `use` with the checkpoint that `options` ask for. With fallback, damaged ones are passed
/// over with a warning; if none is left, the error of the first is thrown.
template <class Use>
auto with_checkpoint(FileSystem& files, const std::filesystem::path& path,
                     const RestoreOptions& options, Use use) {
  const Directory directory = open_existing(files, path, options);
  std::exception_ptr first_error;
  // A writer may delete what was just listed; then there is a newer one.
  constexpr int kMostListings = 100;
  for (int listing = 0; listing < kMostListings; ++listing) {
    bool vanished = false;
    for (const std::int64_t step : candidates(directory, options)) {
      try {
        Loaded loaded;
        vanished = !load(directory, step, options, loaded);
        if (vanished) break;
        return use(loaded);
      } catch (const DataCorruption& error) {
        if (!options.fallback) throw;
        fmt::print(stderr, "linseed: {}; trying an older checkpoint\n", error.what());
        if (!first_error) first_error = std::current_exception();
      }
    }
    if (!vanished) break;
  }
  if (first_error) std::rethrow_exception(first_error);
  throw_nothing_there(path, options, ": other writers delete them while they are read");
}

}  // namespace

StoredImage examine(std::span<const std::byte> bytes, const std::string& path) {
  const Header header = check_payload(bytes, path);
  StoredImage image = read_image(bytes, path);
  const bool is_own =
      image.uuid == to_string(header.uuid) && header.step == static_cast<double>(image.step);
  if (!is_own) throw_other(path);
  return image;
}

RestoredTensors restore(FileSystem& files, const std::filesystem::path& directory,
                        const State& target, const RestoreOptions& options) {
  return with_checkpoint(files, directory, options, [&](const Loaded& loaded) {
    return RestoredTensors{read_tensors(loaded, target, options.at), loaded.image.step};
  });
}

RestoredTensors restore(const std::filesystem::path& directory, const State& target,
                        const RestoreOptions& options) {
  FileSystem files;
  return restore(files, directory, target, options);
}

}  // namespace linseed::io

namespace linseed {

std::optional<std::int64_t> latest_step(const std::filesystem::path& path,
                                        std::string_view prefix) {
  io::check_prefix(prefix);
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return std::nullopt;
  io::FileSystem files;
  const std::vector<std::int64_t> steps = io::Directory(files, path, false).steps(prefix);
  if (steps.empty()) return std::nullopt;
  return steps.back();
}

std::string checkpoint_config(const std::filesystem::path& directory,
                              const RestoreOptions& options) {
  io::FileSystem files;
  return io::with_checkpoint(files, directory, options, [](const io::Loaded& loaded) {
    if (!loaded.image.config) return std::string();
    return io::read_text(*loaded.image.config, loaded.path, "meta/config_json");
  });
}

}  // namespace linseed
