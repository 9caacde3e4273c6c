// Fashion-MNIST: the published files, and small imitations with a fault.
#include <linseed/framework/data/fashion_mnist.h>

#include <numeric>

#include <catch2/catch.hpp>

#include <linseed/tests/framework/data/idx_files.h>

namespace linseed::test {
namespace {

using Catch::Matchers::Contains;
using data::fashion_mnist;

std::string idx_images(std::uint32_t count) {
  return idx_header(0x08, {count, 28, 28}) + std::string(count * 28 * 28, '\x33');
}

std::string idx_labels(std::initializer_list<int> labels) {
  return idx_header(0x08, {static_cast<std::uint32_t>(labels.size())}) + bytes(labels);
}

/// A directory with three training and two test images.
struct Imitation {
  TemporaryDirectory directory;

  Imitation() {
    write("train-images-idx3-ubyte", idx_images(3));
    write("train-labels-idx1-ubyte", idx_labels({9, 0, 3}));
    write("t10k-images-idx3-ubyte", idx_images(2));
    write("t10k-labels-idx1-ubyte", idx_labels({2, 1}));
  }
  void write(const std::string& name, const std::string& content) const {
    write_plain(directory.path() / name, content);
  }
  data::ImageClassification read() const { return fashion_mnist(directory.path()); }
};

}  // namespace

TEST_CASE("Fashion-MNIST reads from files under any of their names") {
  const Imitation imitation;
  const auto& directory = imitation.directory.path();
  std::filesystem::rename(directory / "train-labels-idx1-ubyte",
                          directory / "train-labels.idx1-ubyte");
  std::filesystem::remove(directory / "t10k-images-idx3-ubyte");
  write_gzip(directory / "t10k-images-idx3-ubyte.gz", idx_images(2));
  std::filesystem::remove(directory / "t10k-labels-idx1-ubyte");
  write_gzip(directory / "t10k-labels.idx1-ubyte.gz", idx_labels({2, 1}));

  const auto read = imitation.read();
  CHECK(read.train.images.spec() == TensorSpec{{3, 28, 28, 1}, float32});
  CHECK(read.train.images.data<float>()[3 * 784 - 1] == 0.2f);  // 0x33 of 0xFF
  CHECK(read.train.labels.spec() == TensorSpec{{3}, int32});
  CHECK(read.train.labels.data<std::int32_t>()[0] == 9);
  CHECK(read.test.images.dim(0) == 2);
  CHECK(read.test.labels.data<std::int32_t>()[1] == 1);
}

TEST_CASE("a missing directory names itself, the package and the option") {
  CHECK_THROWS_AS(fashion_mnist("no/such/place"), IoError);
  CHECK_THROWS_WITH(fashion_mnist("no/such/place"), Contains("no/such/place") &&
                                                        Contains("dataset-fashion-mnist") &&
                                                        Contains("--data-dir"));
}

TEST_CASE("a missing file names itself and the directory") {
  const Imitation imitation;
  std::filesystem::remove(imitation.directory.path() / "t10k-labels-idx1-ubyte");
  CHECK_THROWS_AS(imitation.read(), IoError);
  CHECK_THROWS_WITH(imitation.read(), Contains(imitation.directory.path().string()) &&
                                          Contains("t10k-labels-idx1-ubyte"));
}

TEST_CASE("a label that is no class is refused with file, index and value") {
  const Imitation imitation;
  imitation.write("train-labels-idx1-ubyte", idx_labels({9, 0, 10}));
  CHECK_THROWS_AS(imitation.read(), DataCorruption);
  CHECK_THROWS_WITH(imitation.read(),
                    Contains("train-labels-idx1-ubyte") && Contains("found 10 at index 2"));
}

TEST_CASE("unequal numbers of images and labels are refused with both") {
  const Imitation imitation;
  imitation.write("t10k-labels-idx1-ubyte", idx_labels({2, 1, 0}));
  CHECK_THROWS_AS(imitation.read(), DataCorruption);
  CHECK_THROWS_WITH(imitation.read(), Contains("2 images") && Contains("3 labels"));
}

TEST_CASE("arrays of another shape are refused with both shapes") {
  const Imitation imitation;
  imitation.write("train-images-idx3-ubyte",
                  idx_header(0x08, {3, 28, 27}) + std::string(3 * 28 * 27, 'x'));
  CHECK_THROWS_AS(imitation.read(), DataCorruption);
  CHECK_THROWS_WITH(imitation.read(), Contains("[3,28,28] uint8") && Contains("[3,28,27] uint8"));
  imitation.write("train-images-idx3-ubyte", idx_labels({1, 2, 3}));
  CHECK_THROWS_AS(imitation.read(), DataCorruption);
  imitation.write("train-images-idx3-ubyte", idx_images(3));
  imitation.write("train-labels-idx1-ubyte", idx_images(3));
  CHECK_THROWS_AS(imitation.read(), DataCorruption);
}

TEST_CASE("the Fashion-MNIST of Debian's package is as published") {
  const auto read = fashion_mnist();
  CHECK(read.train.images.spec() == TensorSpec{{60000, 28, 28, 1}, float32});
  CHECK(read.test.images.spec() == TensorSpec{{10000, 28, 28, 1}, float32});
  const auto pixels = read.train.images.data<float>();
  const double mean = std::accumulate(pixels.begin(), pixels.end(), 0.0) / double(pixels.size());
  CHECK(mean == Approx(0.28604).margin(1e-5));

  // As many of each class, and the first labels of the published file.
  std::vector<int> count(read.classes.size());
  for (const std::int32_t label : read.train.labels.data<std::int32_t>()) ++count[label];
  CHECK(count == std::vector<int>(10, 6000));
  const auto labels = read.train.labels.data<std::int32_t>();
  CHECK(std::vector<std::int32_t>(labels.begin(), labels.begin() + 5) ==
        std::vector<std::int32_t>{9, 0, 0, 3, 0});
  CHECK(read.classes[9] == "Ankle boot");
}

}  // namespace linseed::test
