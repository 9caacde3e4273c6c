// Fashion-MNIST: 70,000 grey images of 28 × 28 pixels, of 10 kinds of clothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <linseed/framework/data/labelled_images.h>

namespace linseed::data {

/// A classification task: examples to learn from, others to be judged by, and what labels mean.
struct ImageClassification {
  LabelledImages train;
  LabelledImages test;
  std::vector<std::string> classes;
};

/// Fashion-MNIST (Xiao, Rasul and Vollgraf, arXiv:1708.07747): 60,000 images to train on and 10,000
/// to test with, [n, 28, 28, 1].
///
/// `directory` holds {train,t10k}-images-idx3-ubyte and {train,t10k}-labels-idx1-ubyte, compressed
/// (.gz) or not, also spelled with a dot (train-images.idx3-ubyte). Empty means
/// /usr/share/datasets/fashion-mnist, where Debian's package dataset-fashion-mnist puts them.
///
/// IoError if the directory or a file is missing; DataCorruption if a file is not what it should
/// be: not IDX, images not n × 28 × 28, not as many labels as images, a label not in [0, 10).
ImageClassification fashion_mnist(const std::filesystem::path& directory = {});

/// What its labels 0 to 9 mean: "T-shirt/top" to "Ankle boot".
std::vector<std::string> fashion_mnist_classes();

}  // namespace linseed::data
