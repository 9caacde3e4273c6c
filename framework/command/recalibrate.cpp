// `linseed recalibrate`: the batch statistics of a checkpoint, made anew from data.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <linseed/framework/command/command.h>
#include <linseed/framework/command/comparison.h>
#include <linseed/framework/command/diff.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/data/loader.h>
#include <linseed/framework/data/open_images.h>
#include <linseed/framework/io/checkpoint_file.h>
#include <linseed/framework/io/names_internal.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/statistics.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/report/image_function_internal.h>

namespace linseed::command {
namespace {

struct Options {
  std::string file, data, output;
  std::string prefix = "checkpoint_";
  std::int64_t batches = 0;
  std::uint64_t seed = 0;
  bool in_place = false, skip_broken = false;
};

/// What a batch has to say of each statistic, averaged over batches with equal weights.
std::vector<Tensor> measured(const ImageFunction& batch_stats, data::Loader& loader,
                             std::int64_t batches) {
  const bool rewrite = is_terminal(stdout);
  std::vector<Tensor> means;
  for (std::int64_t k = 0; k < batches; ++k) {
    const std::vector<Tensor> batch = batch_stats(loader.batch({0, k}).images);
    means.resize(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      means[i] = running_mean(means[i], batch[i], k + 1);
    }
    evaluate(means);
    if (rewrite) fmt::print("\rbatch {}/{}", k + 1, batches);
    if (rewrite) std::fflush(stdout);
  }
  fmt::print("{}{} batches of {} images\n", rewrite ? "\r\x1b[K" : "", batches,
             batch_stats.batch());
  return means;
}

using Replacements = std::unordered_map<std::string, Tensor>;

void replace(io::State& state, const std::string& path, const Replacements& by) {
  if (state.is_tensor()) {
    const auto found = by.find(path);
    if (found != by.end()) state.tensor = found->second;
  }
  for (auto& [name, part] : state.parts) replace(part, io::join_path(path, name), by);
}

std::filesystem::path output_of(const Options& options, const CheckpointFile& file) {
  file.check_writable();
  if (options.in_place) return std::filesystem::canonical(file.path);  // not a link to it
  if (options.output.empty()) {
    throw UsageError("recalibrate: say where to, --output FILE, or --in-place");
  }
  if (options.output == file.path) {
    throw UsageError("recalibrate: the output is the file itself: say --in-place");
  }
  if (std::filesystem::exists(options.output)) {
    throw IoError("recalibrate: '{}' exists already; name another --output", options.output);
  }
  return options.output;
}

int recalibrate(const Options& options) {
  CheckpointFile file = read_checkpoint(options.file, options.prefix);
  const std::filesystem::path output = output_of(options, file);
  const ImageFunction batch_stats(file, "batch_stats");
  if (batch_stats.results().empty()) {
    throw NotSupported("\"batch_stats\" of '{}' returns no statistics", file.path.string());
  }
  const data::ImageShape shape = batch_stats.shape();
  const data::Dataset set = data::open_images(
      options.data, {.height = shape.height, .width = shape.width, .channels = shape.channels});
  if (set.size < batch_stats.batch()) {
    throw NotSupported(
        "recalibrate: '{}' has {} images, and \"batch_stats\" takes {} at a time; "
        "export it for smaller batches",
        options.data, set.size, batch_stats.batch());
  }
  const auto on_broken = options.skip_broken ? data::OnBroken::skip : data::OnBroken::stop;
  data::Loader loader(set, batch_stats.batch(), random::key(options.seed),
                      {.on_broken = on_broken, .epochs = 1});
  const std::int64_t epoch = loader.steps_per_epoch();
  const std::int64_t batches = options.batches > 0 ? std::min(options.batches, epoch) : epoch;
  const std::vector<Tensor> means = measured(batch_stats, loader, batches);
  for (const auto& [index, what] : loader.broken()) fmt::print(stderr, "skipped: {}\n", what);

  const io::State before = file.state;
  Replacements by;
  for (std::size_t i = 0; i < means.size(); ++i) {
    const std::string& name = batch_stats.results()[i].name;
    if (!all(is_finite(means[i])).item<bool>()) {
      throw NotSupported(
          "recalibrate: '{}' would not be finite; nothing is written; `linseed inspect` names "
          "parameters that are not, otherwise the images are",
          name);
    }
    by.emplace(name, means[i]);
  }
  replace(file.state, "", by);
  const Comparison comparison = compare(before, file.state);
  write_checkpoint(output, file, options.in_place);
  const std::string changes = changes_text(comparison, 0, paint_for(stdout));
  if (!changes.empty()) fmt::print("\nA: before, B: after\n{}\n", changes);
  fmt::print("{}\n{}\n", verdict(comparison), output.string());
  return kYes;
}

}  // namespace

void add_recalibrate(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "recalibrate", "Makes the BatchNorm statistics of a checkpoint anew from data.");
  command->add_option("FILE", options->file, "a checkpoint with \"batch_stats\", or a run")
      ->required();
  command->add_option("--data", options->data, "images: a directory or an HDF5 file")->required();
  CLI::Option* output =
      command->add_option("-o,--output", options->output, "the new checkpoint; must not exist yet");
  command->add_flag("--in-place", options->in_place, "replace the file itself")->excludes(output);
  command->add_option("--batches", options->batches, "take so many at most (default: all)")
      ->check(CLI::PositiveNumber);
  command->add_flag("--skip-broken", options->skip_broken,
                    "let others of their batch stand in for images that are "
                    "broken");
  command->add_option("--seed", options->seed, "of the order of the images")->capture_default_str();
  add_prefix(*command, options->prefix);
  command->footer(
      "Means and variances become their averages over batches of the data, each with the same\n"
      "weight (PreciseBN); nothing else changes. Needs the function \"batch_stats\" in the "
      "file.\n\n" +
      footer("linseed recalibrate runs/mnist --data /usr/share/datasets/fashion-mnist "
             "-o recalibrated\n"
             "linseed recalibrate model --data photos --batches 100 --in-place",
             "the statistics are written", "not used"));
  command->callback([options, &action] { action = [options] { return recalibrate(*options); }; });
}

}  // namespace linseed::command
