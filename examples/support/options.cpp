#include "support/options.h"

#include <exception>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/checkpoint.h>

namespace example {
namespace {

namespace fs = std::filesystem;

/// The run directory when none is named: an unused one, or at --resume the last used.
fs::path default_run_dir(const std::string& example, bool resume) {
  const auto candidate = [&](int number) {
    return fs::path("runs") / (number == 1 ? example : fmt::format("{}-{}", example, number));
  };
  int unused = 1;
  while (linseed::latest_step(candidate(unused))) ++unused;
  return candidate(resume && unused > 1 ? unused - 1 : unused);
}

}  // namespace

std::string TrainingOptions::config() const {
  return fmt::format(
      R"({{"epochs": {}, "batch_size": {}, "learning_rate": {}, "optimizer": "{}", "seed": {}, )"
      R"("batch_norm": {}}})",
      epochs, batch_size, learning_rate, optimizer, seed, batch_norm);
}

void parse_or_exit(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
}

void parse_run_or_exit(CLI::App& app, RunOptions& options, int argc, char** argv) {
  app.option_defaults()->take_last();
  app.add_option("--epochs", options.epochs, "times through the training data")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--batch-size", options.batch_size, "examples per step")->capture_default_str();
  app.add_option("--seed", options.seed, "of initial values and of the order of the data")
      ->capture_default_str();
  app.add_option("--threads", options.threads, "threads to compute with (default: one per core)")
      ->check(CLI::PositiveNumber);
  app.add_option("--max-steps", options.max_steps, "stop after so many steps")
      ->check(CLI::PositiveNumber);
  app.add_option("--data-dir", options.data_dir, "folder of the data set's files");
  app.add_option(
      "--run-dir", options.run_dir,
      "folder for checkpoints (default: runs/" + app.get_name() + ", or the next unused number)");
  app.add_flag("--resume", options.resume, "go on from the newest checkpoint of the run");
  parse_or_exit(app, argc, argv);
  if (options.run_dir.empty()) options.run_dir = default_run_dir(app.get_name(), options.resume);
}

void add_evaluate(CLI::App& app, RunOptions& options) {
  app.add_option("--evaluate", options.evaluate, "only evaluate the newest checkpoint of this run")
      ->type_name("RUN");
}

TrainingOptions parse_options(int argc, char** argv, const std::string& example,
                              const std::string& description) {
  TrainingOptions options;
  CLI::App app(description, example);
  app.add_option("--learning-rate", options.learning_rate,
                 "highest rate of the cosine schedule (default: 0.1 for momentum, 0.001 for adam)");
  app.add_option("--optimizer", options.optimizer, "momentum or adam")
      ->check(CLI::IsMember({"momentum", "adam"}))
      ->capture_default_str();
  app.add_flag("!--no-batch-norm", options.batch_norm, "leave the BatchNorm layers out");
  add_evaluate(app, options);
  parse_run_or_exit(app, options, argc, argv);
  const bool rate_given = app.count("--learning-rate") > 0;
  if (!rate_given) options.learning_rate = options.optimizer == "adam" ? 0.001f : 0.1f;
  return options;
}

bool parse_short(int argc, char** argv) {
  bool brief = false;
  CLI::App app("", std::filesystem::path(argv[0]).filename().string());
  app.add_flag("--short", brief, "do less, in a few seconds");
  parse_or_exit(app, argc, argv);
  return brief;
}

int run_example(int (*body)(int, char**), int argc, char** argv) {
  try {
    return body(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}

}  // namespace example
