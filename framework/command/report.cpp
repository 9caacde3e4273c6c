// `linseed report`: a page about a run.
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <linseed/framework/command/checkpoint_file.h>
#include <linseed/framework/command/command.h>
#include <linseed/framework/command/health.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/report/page.h>

namespace linseed::command {
namespace {

struct Options {
  std::string run;
  std::string data;
  std::string output;
  std::optional<std::int64_t> step;
};

/// What `linseed inspect` says of the checkpoint. None if there is none, or if it cannot be read:
/// the page says that itself.
std::vector<ReportOptions::Finding> findings_of(const Options& options) {
  std::vector<ReportOptions::Finding> findings;
  const std::filesystem::path run = options.run;
  try {
    const CheckpointFile file = open_checkpoint(
        options.step ? run / (RestoreOptions().prefix + std::to_string(*options.step)) : run);
    for (const Finding& finding : check_health(file.state, file.step).findings) {
      findings.push_back({finding.path, finding.what, finding.cause, finding.remedy});
    }
  } catch (const Error&) {
    findings.clear();
  }
  return findings;
}

int report(const Options& options) {
  const std::filesystem::path run = options.run;
  const std::filesystem::path file =
      options.output.empty() ? run / "report.html" : std::filesystem::path(options.output);
  write_report(run, file,
               {.data = options.data, .step = options.step, .findings = findings_of(options)});
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
  command->footer(
      footer("linseed report runs/mnist\n"
             "linseed report runs/mnist --data /usr/share/datasets/fashion-mnist -o mnist.html",
             "the page is written", "not used"));
  command->callback([options, &action] { action = [options] { return report(*options); }; });
}

}  // namespace linseed::command
