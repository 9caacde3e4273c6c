// The command line of 10_wide_resnet.
#pragma once

#include <string>
#include <vector>

#include "support/options.h"

namespace example {

struct WideResNetOptions : RunOptions {
  int n = 1;  // blocks in each of the three groups
  int k = 2;  // times 16, 32 and 64 channels
  float weight_decay = 5e-4f;
  bool augment = true;
  // Of the data, to be filled in once they are known.
  std::vector<std::string> classes = {};
  std::int64_t images = 0;

  /// What decides the result of a run, of its data how many images there are and what their classes
  /// are called, as JSON: kept in its checkpoints, compared at --resume.
  std::string config() const;
};

/// The options of this command line. Prints help or an error and exits where that is what is asked
/// for. --short stands for a small network and 20 steps.
WideResNetOptions parse_wide_resnet_options(int argc, char** argv);

/// The options that decide what the network of the newest checkpoint of `run_dir` is, and its
/// classes. IoError if there is none; InvalidArgument if it is not of 10_wide_resnet.
WideResNetOptions wide_resnet_options_of(const std::filesystem::path& run_dir);

}  // namespace example
