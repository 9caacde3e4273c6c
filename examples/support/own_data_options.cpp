#include "support/own_data_options.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace example {

std::string OwnDataOptions::config() const {
  const nlohmann::ordered_json json{
      {"example", "13_own_data"}, {"side", side},      {"epochs", epochs},
      {"batch_size", batch_size}, {"seed", seed},      {"learning_rate", learning_rate},
      {"images", images},         {"classes", classes}};
  return json.dump();
}

OwnDataOptions parse_own_data_options(int argc, char** argv) {
  OwnDataOptions options;
  options.epochs = 20;
  options.batch_size = 32;
  options.learning_rate = 0.003f;
  bool brief = false;
  CLI::App app(
      "Trains a network on a folder of pictures (--data-dir), in which there is a folder for each "
      "class; without one it makes pictures up.",
      "13_own_data");
  app.add_option("--side", options.side, "pixels that pictures are brought to, each way")
      ->check(CLI::Range(8, 1024))
      ->capture_default_str();
  app.add_option("--learning-rate", options.learning_rate, "highest rate of the cosine schedule")
      ->capture_default_str();
  app.add_flag("--short", brief, "few pictures (128), and 10 steps");
  parse_run_or_exit(app, options, argc, argv);
  if (brief) {
    options.made_up = 128;
    options.max_steps = 10;
  }
  return options;
}

}  // namespace example
