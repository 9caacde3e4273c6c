#include "support/wide_resnet_options.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/checkpoint.h>

namespace example {

using nlohmann::ordered_json;

std::string WideResNetOptions::config() const {
  const ordered_json json{{"example", "10_wide_resnet"},
                          {"n", n},
                          {"k", k},
                          {"epochs", epochs},
                          {"batch_size", batch_size},
                          {"learning_rate", learning_rate},
                          {"weight_decay", weight_decay},
                          {"augment", augment},
                          {"seed", seed},
                          {"images", images},
                          {"classes", classes}};
  return json.dump();
}

WideResNetOptions parse_wide_resnet_options(int argc, char** argv) {
  WideResNetOptions options;
  options.epochs = 10;
  options.data_dir = "/usr/share/datasets/fashion-mnist";
  bool brief = false;
  CLI::App app("Trains a wide residual network on Fashion-MNIST, CIFAR, or images of one's own.",
               "10_wide_resnet");
  app.add_option("-n,--blocks", options.n, "blocks in each of the three groups")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("-k,--width", options.k, "width, times 16, 32 and 64 channels")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--learning-rate", options.learning_rate, "highest rate of the cosine schedule")
      ->capture_default_str();
  app.add_option("--weight-decay", options.weight_decay, "of kernels")->capture_default_str();
  app.add_flag("!--no-augment", options.augment, "take the images as they are");
  add_evaluate(app, options);
  app.add_flag("--short", brief, "a small network (-n 1 -k 1), and 20 steps of it");
  parse_run_or_exit(app, options, argc, argv);
  if (brief) {
    options.n = options.k = 1;
    options.max_steps = 20;
  }
  return options;
}

WideResNetOptions wide_resnet_options_of(const std::filesystem::path& run_dir) {
  const auto json = ordered_json::parse(linseed::checkpoint_config(run_dir), nullptr, false);
  WideResNetOptions options;
  if (!json.is_object() || json.value("example", "") != "10_wide_resnet") {
    throw linseed::InvalidArgument("{} is no run of 10_wide_resnet", run_dir.string());
  }
  json.at("n").get_to(options.n);
  json.at("k").get_to(options.k);
  json.at("classes").get_to(options.classes);
  return options;
}

}  // namespace example
