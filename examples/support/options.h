// Command lines of the examples.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace example {

/// What can be said of any run.
struct RunOptions {
  std::int64_t epochs = 3;
  std::int64_t batch_size = 128;
  float learning_rate = 0.1f;
  std::uint64_t seed = 0;
  int threads = 0;             // 0: one per core
  std::int64_t max_steps = 0;  // 0: no limit
  bool resume = false;
  std::filesystem::path data_dir;  // empty: where the Debian package puts the data
  std::filesystem::path run_dir;
  std::filesystem::path evaluate;  // a run to evaluate instead of training
};

/// The command line of 08_fashion_mnist.
struct TrainingOptions : RunOptions {
  std::string optimizer = "momentum";
  bool batch_norm = true;

  /// What decides the result of a run, as JSON: kept in its checkpoints, compared at --resume.
  std::string config() const;
};

/// The options of this command line. Prints help or an error and exits where that is what is asked
/// for.
TrainingOptions parse_options(int argc, char** argv, const std::string& example,
                              const std::string& description);

/// Reads the command line into the options of `app`. Prints help or an error and exits where that
/// is what is asked for.
void parse_or_exit(CLI::App& app, int argc, char** argv);

/// The same with the options of any run among them, all but --evaluate. Without --run-dir the run
/// goes to runs/<name of app>, or, if that is taken, runs/<name of app>-2, …; --resume takes the
/// last of these.
void parse_run_or_exit(CLI::App& app, RunOptions& options, int argc, char** argv);

/// Adds --evaluate RUN, for examples that can judge a run without training.
void add_evaluate(CLI::App& app, RunOptions& options);

/// Whether --short, the only option of most examples, is there: a quick mode.
bool parse_short(int argc, char** argv);

/// Calls main's body and turns exceptions into a message on stderr and exit code 1.
int run_example(int (*body)(int, char**), int argc, char** argv);

}  // namespace example
