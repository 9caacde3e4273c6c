// `linseed report`: a page about a run.
#include <optional>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <linseed/framework/command/command.h>
#include <linseed/framework/report/page.h>

namespace linseed::command {
namespace {

struct Options {
  std::string run;
  std::string data;
  std::string output;
  std::optional<std::int64_t> step;
  std::string prefix = "checkpoint_";
  HealthOptions health;
};

int report(const Options& options) {
  const std::filesystem::path run = options.run;
  const std::filesystem::path file =
      options.output.empty() ? run / "report.html" : std::filesystem::path(options.output);
  write_report(run, file,
               {.data = options.data,
                .step = options.step,
                .prefix = options.prefix,
                .health = options.health});
  fmt::print("{}\n", file.string());
  return kYes;
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "report", "Writes a page about a run: curves, layers, statistics, mistakes.");
  command->add_option("RUN", options->run, "the directory of a run: metrics.jsonl and checkpoints")
      ->required();
  command->add_option("--data", options->data,
                      "labelled images to judge the network by: a directory or an HDF5 file");
  command->add_option("-o,--output", options->output, "the page (default: RUN/report.html)");
  command->add_option("--checkpoint", options->step, "its step (default: the newest)")
      ->check(CLI::NonNegativeNumber);
  add_prefix(*command, options->prefix);
  add_momentum(*command, options->health.momentum);
  command->footer(
      footer("linseed report runs/mnist\n"
             "linseed report runs/mnist --data /usr/share/datasets/fashion-mnist -o mnist.html",
             "the page is written", "not used"));
  command->callback([options, &action] { action = [options] { return report(*options); }; });
}

}  // namespace linseed::command
