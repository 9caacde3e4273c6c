#include <linseed/framework/data/fashion_mnist.h>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/data/idx.h>
#include <linseed/framework/data/idx_pair_internal.h>
#include <linseed/framework/data/labels_internal.h>
#include <linseed/framework/data/pixels_internal.h>
#include <linseed/framework/graph/node.h>

namespace linseed::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDebianDirectory = "/usr/share/datasets/fashion-mnist";
constexpr std::int64_t kSide = 28;

/// That file, or an IoError that says where it is to be had.
fs::path find_file(const fs::path& directory, const std::string& stem, const std::string& kind) {
  if (auto file = find_idx_file(directory, stem, kind)) return *std::move(file);
  throw IoError(
      "fashion_mnist: {} holds no {}-{}, with or without .gz; the package dataset-fashion-mnist "
      "(Debian) has all files",
      directory.string(), stem, kind);
}

void check_spec(const Tensor& read, const fs::path& file, const TensorSpec& wanted) {
  if (read.spec() == wanted) return;
  throw DataCorruption("fashion_mnist: {}: expected {}, found {}", file.string(), wanted,
                       read.spec());
}

/// uint8 pixels [n, 28, 28] as float32 [n, 28, 28, 1], 255 becoming 1.
Tensor to_images(const Tensor& pixels) {
  const auto from = pixels.data<std::uint8_t>();
  auto buffer = std::make_shared<Buffer>(from.size() * sizeof(float));
  unpack(from.data(), std::span(static_cast<float*>(buffer->data()), from.size()));
  return constant(std::move(buffer), {{pixels.dim(0), kSide, kSide, 1}, float32});
}

Tensor to_labels(const Tensor& bytes, const fs::path& file, std::size_t classes) {
  const auto from = bytes.data<std::uint8_t>();
  const std::vector<std::int32_t> labels(from.begin(), from.end());
  classes_of<DataCorruption>(labels, numbered_classes(classes), "fashion_mnist: " + file.string());
  return Tensor::from(labels, bytes.shape());
}

LabelledImages read_part(const fs::path& directory, const std::string& part, std::size_t classes) {
  const fs::path image_file = find_file(directory, part + "-images", "idx3-ubyte");
  const fs::path label_file = find_file(directory, part + "-labels", "idx1-ubyte");

  const Tensor pixels = read_idx(image_file);
  check_spec(pixels, image_file, {{pixels.dim(0), kSide, kSide}, uint8});
  const Tensor labels = read_idx(label_file);
  check_spec(labels, label_file, {{labels.dim(0)}, uint8});
  if (pixels.dim(0) != labels.dim(0)) {
    throw DataCorruption("fashion_mnist: {} images in {}, but {} labels in {}", pixels.dim(0),
                         image_file.string(), labels.dim(0), label_file.string());
  }
  return {to_images(pixels), to_labels(labels, label_file, classes)};
}

}  // namespace

std::vector<std::string> fashion_mnist_classes() {
  return {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
          "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
}

ImageClassification fashion_mnist(const fs::path& directory) {
  const fs::path found = directory.empty() ? fs::path(kDebianDirectory) : directory;
  std::error_code ignored;  // whatever the reason, the files cannot be reached
  if (!fs::is_directory(found, ignored)) {
    throw IoError(
        "fashion_mnist: there is no directory {}; install the package dataset-fashion-mnist "
        "(Debian), or pass the directory that holds the files (--data-dir in the examples)",
        found.string());
  }
  std::vector<std::string> classes = fashion_mnist_classes();
  LabelledImages train = read_part(found, "train", classes.size());
  LabelledImages test = read_part(found, "t10k", classes.size());
  return {std::move(train), std::move(test), std::move(classes)};
}

}  // namespace linseed::data
