// The command line of 09_predict.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace example {

struct PredictOptions {
  std::vector<std::filesystem::path> files;
  std::filesystem::path run_dir = "runs/08_fashion_mnist";
  std::int64_t first = 10;  // of an IDX file
  bool batch_norm = true;
  bool convert = false;
  bool invert = false;
  bool stop = false;
  bool brief = false;
};

/// The options of this command line. Prints help or an error and exits where that is what is asked
/// for.
PredictOptions parse_predict_options(int argc, char** argv);

}  // namespace example
