#include "support/predict_options.h"

#include <CLI/CLI.hpp>

#include "support/options.h"

namespace example {

PredictOptions parse_predict_options(int argc, char** argv) {
  PredictOptions options;
  CLI::App app("Says what a trained network sees on pictures of clothing.", "09_predict");
  app.add_option("files", options.files, "PNG or JPEG files, or IDX files of many pictures")
      ->required();
  app.add_option("--run-dir", options.run_dir, "run of 08_fashion_mnist to take the network from")
      ->capture_default_str();
  app.add_option("--first", options.first, "how many pictures of an IDX file to take")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--convert", options.convert,
               "make pictures of any size and colour fit: brightness only, averaged down to "
               "28 x 28; what is not square is squeezed, what is transparent becomes black");
  app.add_flag("--invert", options.invert,
               "take dark for light: the network knows light clothes on black ground");
  app.add_flag("--stop", options.stop, "stop at the first file that is refused");
  app.add_flag("--short", options.brief, "a line for each picture, without drawing it");
  app.add_flag("!--no-batch-norm", options.batch_norm, "the run was trained without BatchNorm");
  parse_or_exit(app, argc, argv);
  return options;
}

}  // namespace example
