// Asks a network that 08_fashion_mnist has trained what is on pictures of one's own.
//
//   sh examples/run.sh 08_fashion_mnist --run-dir runs/08_fashion_mnist        first, once
//   sh examples/run.sh 09_predict shoe.png shirt.jpg --convert --invert
//   sh examples/run.sh 09_predict /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz
// Last line to expect: pictures: 10, files refused: 0
#include <linseed/linseed.h>

#include "support/draw.h"
#include "support/fashion_cnn.h"
#include "support/options.h"
#include "support/pictures.h"
#include "support/predict_options.h"
#include "support/predictions.h"

using linseed::Tensor;

constexpr int kSize = 28;  // the network's pictures are 28 × 28, light on black

/// The network of the run; an error that says how to train one if there is none.
example::Classifier open_network(const example::PredictOptions& options) {
  if (!linseed::latest_step(options.run_dir)) {
    throw linseed::IoError(
        "{0} holds no checkpoint; train a network: sh examples/run.sh 08_fashion_mnist --run-dir "
        "{0}",
        options.run_dir.string());
  }
  return example::restore_classifier(options.run_dir, options.batch_norm);
}

/// Pixels [28,28,1] as the network takes them.
Tensor to_input(const example::Picture& picture, const example::PredictOptions& options) {
  if (options.convert) return example::to_grey(picture, kSize, options.invert);
  const Tensor pixels = example::check_grey(picture, kSize);
  return options.invert ? 1 - pixels : pixels;
}

int body(int argc, char** argv) {
  const auto options = example::parse_predict_options(argc, argv);
  const auto network = open_network(options);
  int pictures = 0, refused = 0;
  for (const auto& file : options.files) {
    try {
      for (const auto& picture : example::read_pictures(file, options.first)) {
        const Tensor input = to_input(picture, options);
        if (!options.brief) {
          const auto drawing = example::draw(input.data<float>(), kSize);
          fmt::print("{}\n", fmt::join(drawing, "\n"));
        }
        const Tensor logits = network(linseed::reshape(input, {1, kSize, kSize, 1}));
        fmt::print("{}: {}\n", picture.name, example::best_classes(logits, example::kClasses, 3));
        ++pictures;
      }
    } catch (const linseed::Error& error) {  // names the file
      if (options.stop) throw;
      std::fflush(stdout);  // so that the message comes after what was printed before
      fmt::print(stderr, "refused: {}\n", error.what());
      ++refused;
    }
  }
  fmt::print("pictures: {}, files refused: {}\n", pictures, refused);
  return refused == 0 ? 0 : 1;
}

int main(int argc, char** argv) { return example::run_example(body, argc, argv); }
