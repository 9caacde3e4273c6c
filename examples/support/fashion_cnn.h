// The convolutional network that 08_fashion_mnist trains and 09_predict asks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <linseed/linseed.h>

namespace example {

/// Two convolutions with BatchNorm and two dense layers: images [n, 28, 28, 1] -> logits [n, 10].
struct CNN : linseed::nn::Module<CNN> {
  bool train = true;
  bool batch_norm = true;

  linseed::Tensor apply(linseed::Tensor x) const;
};

/// What the ten logits stand for.
inline const std::vector<std::string> kClasses{"T-shirt/top", "Trouser",   "Pullover", "Dress",
                                               "Coat",        "Sandal",    "Shirt",    "Sneaker",
                                               "Bag",         "Ankle boot"};

/// A fresh model and its statistics, made from shapes alone.
std::pair<linseed::nn::Model<CNN>, linseed::nn::Collection> make_cnn(bool batch_norm,
                                                                     std::uint64_t seed);

/// Images to logits.
using Classifier = std::function<linseed::Tensor(const linseed::Tensor& images)>;

/// A function from (trained model, statistics) to its classifier, which takes the running averages.
/// Compiled once for all models like `like`.
std::function<Classifier(const linseed::nn::Model<CNN>&, const linseed::nn::Collection&)>
make_classifiers(const linseed::nn::Model<CNN>& like);

/// The classifier of the newest checkpoint of a run of 08_fashion_mnist. InvalidArgument if the run
/// was trained with the other setting of `batch_norm`; IoError if there is no checkpoint.
Classifier restore_classifier(const std::filesystem::path& run_dir, bool batch_norm);

}  // namespace example
