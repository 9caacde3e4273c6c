#include <linseed/framework/command/inspect.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace linseed::command {
namespace {

struct Options {
  std::string file;
  std::string prefix = "checkpoint_";
  bool json = false;
  bool quiet = false;
  HealthOptions health;
};

int inspect(const Options& options) {
  const CheckpointFile file = read_checkpoint(options.file, options.prefix);
  const Health health = check_health(file.state, file.step, options.health);
  const Paint paint = paint_for(stdout);
  if (options.json) {
    print_json(inspect_json(file, health));
  } else if (!options.quiet) {
    fmt::print("{}\n{}", contents_text(file, paint), health_text(health, paint));
  } else if (!health.findings.empty()) {
    fmt::print("{}", health_text(health, paint));
  }
  return health.findings.empty() ? kYes : kNo;
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "inspect", "What a checkpoint holds, and whether its BatchNorm layers are healthy.");
  command->add_option("FILE", options->file, "a checkpoint, or a run: its newest checkpoint")
      ->required();
  command->add_flag("--json", options->json, "print all of it as JSON, for scripts");
  command->add_flag("-q,--quiet", options->quiet, "print findings only");
  add_prefix(*command, options->prefix);
  HealthOptions& health = options->health;
  add_momentum(*command, health.momentum);
  command
      ->add_option("--updates", health.updates,
                   "of the running averages (default: the optimizer's step, else the file's)")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--start-share", health.start_share,
                   "of their start that averages may still hold")
      ->check(CLI::Range(0., 1.))
      ->capture_default_str();
  command->add_option("--least-variance", health.least_variance, "a variance up to this is 0")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--dead-scale", health.dead_scale, "a |scale| up to this is 0")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--pinned", health.pinned, "a bias so many |scale| below 0 keeps a ReLU shut")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      ->add_option("--replicas", health.replicas,
                   "averages are stacked for so many (default: seen from the shapes)")
      ->check(CLI::PositiveNumber);
  command->footer(
      footer("linseed inspect runs/mnist\n"
             "linseed inspect --quiet runs/mnist/checkpoint_1404 || echo \"not fit for use\"\n"
             "linseed inspect --json runs/mnist | jq '.findings[].path'",
             "the checkpoint is healthy", "there are findings"));
  command->callback([options, &action] { action = [options] { return inspect(*options); }; });
}

}  // namespace linseed::command
