// The command line of 13_own_data.
#pragma once

#include <string>
#include <vector>

#include "support/options.h"

namespace example {

struct OwnDataOptions : RunOptions {
  std::int64_t side = 32;       // pixels that images are brought to, each way
  std::int64_t made_up = 3200;  // pictures that are made where none are given
  // Of the data, to be filled in once they are known.
  std::vector<std::string> classes = {};
  std::int64_t images = 0;

  /// What decides the result of a run, of its data how many images there are and what their classes
  /// are called, as JSON: kept in its checkpoints, compared at --resume.
  std::string config() const;
};

/// The options of this command line. Prints help or an error and exits where that is what is asked
/// for. --short stands for few pictures, and 10 steps.
OwnDataOptions parse_own_data_options(int argc, char** argv);

}  // namespace example
