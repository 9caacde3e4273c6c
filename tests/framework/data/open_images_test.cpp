// Sets opened by a path alone: what is recognised, and what is said of all else.
#include <linseed/framework/data/open_images.h>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/fashion_mnist.h>
#include <linseed/framework/data/resize.h>
#include <linseed/tests/framework/data/cifar_files.h>
#include <linseed/tests/framework/data/hdf5_files.h>
#include <linseed/tests/framework/data/idx_files.h>
#include <linseed/tests/framework/data/picture_files.h>

namespace linseed::test {
namespace {

using Catch::Matchers::Contains;
using data::open_images;
using data::Split;
using Names = std::vector<std::string>;

/// Two images to train on, the second of class 2, and one to test with, compressed.
void write_idx(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  write_plain(directory / "train-images-idx3-ubyte",
              idx_header(0x08, {2, 1, 2}) + bytes({0, 51, 102, 255}));
  write_plain(directory / "train-labels-idx1-ubyte", idx_header(0x08, {2}) + bytes({0, 2}));
  write_gzip(directory / "t10k-images-idx3-ubyte.gz",
             idx_header(0x08, {1, 1, 2}) + bytes({255, 0}));
  write_gzip(directory / "t10k-labels.idx1-ubyte.gz", idx_header(0x08, {1}) + bytes({1}));
}

}  // namespace

TEST_CASE("a directory of IDX files is opened, one part at a time") {
  const TemporaryDirectory directory;
  write_idx(directory.path());
  const auto train = open_images(directory.path());
  CHECK(train.size == 2);
  CHECK(train.shape == data::ImageShape{1, 2, 1});
  CHECK(train.classes == Names{"0", "1", "2"});
  CHECK(data::read_image(train, 1).second == 2);
  CHECK(data::read_image(train, 1).first.pixels == std::vector<float>{0.4f, 1});
  const auto test = open_images(directory.path(), {.split = Split::test});
  CHECK(test.size == 1);
  CHECK(data::read_image(test, 0).second == 1);

  std::filesystem::remove(directory.path() / "t10k-labels.idx1-ubyte.gz");
  CHECK_THROWS_AS(open_images(directory.path(), {.split = Split::test}), IoError);
  CHECK_THROWS_WITH(open_images(directory.path(), {.split = Split::test}),
                    Contains("t10k-labels-idx1-ubyte"));
}

TEST_CASE("a directory called fashion-mnist has the classes of Fashion-MNIST") {
  const TemporaryDirectory directory;
  write_idx(directory.path() / "fashion-mnist");
  CHECK(open_images(directory.path() / "fashion-mnist" / "").classes[9] == "Ankle boot");
  const auto debian = open_images("/usr/share/datasets/fashion-mnist", {.split = Split::test});
  CHECK(debian.size == 10000);
  CHECK(debian.classes == data::fashion_mnist_classes());
  CHECK(data::read_image(debian, 0).second == 9);
}

TEST_CASE("both CIFAR sets are told apart by their files") {
  const TemporaryDirectory directory;
  write_cifar10(directory.path() / "ten" / "cifar-10-batches-bin");
  std::filesystem::create_directory(directory.path() / "hundred");
  write_plain(directory.path() / "hundred" / "train.bin", cifar_records(3, 2, 2));
  write_plain(directory.path() / "hundred" / "test.bin", cifar_records(1, 2));
  const auto ten = open_images(directory.path() / "ten", {.split = Split::test});
  CHECK(ten.size == 2);
  CHECK(ten.classes.size() == 10);
  const auto hundred = open_images(directory.path() / "hundred");
  CHECK(hundred.size == 3);
  std::filesystem::remove(directory.path() / "hundred" / "test.bin");
  CHECK(open_images(directory.path() / "hundred").size == 3);
  CHECK(hundred.classes.size() == 100);
}

TEST_CASE("a directory of class folders may have two parts") {
  const TemporaryDirectory directory;
  const auto& root = directory.path();
  write_grey(root / "one" / "cat" / "1.png", 51);
  write_grey(root / "one" / "train" / "1.png", 102);  // a class: there is no folder `test`
  for (const Split split : {Split::train, Split::test}) {
    const auto set = open_images(root / "one", {.split = split});
    CHECK(set.classes == Names{"cat", "train"});
    CHECK(set.shape == data::ImageShape{2, 2, 3});
  }
  write_grey(root / "two" / "train" / "cat" / "1.png", 51);
  write_grey(root / "two" / "test" / "cat" / "1.png", 102, 3, 6);
  write_grey(root / "two" / "test" / "dog" / "1.png", 153, 6, 3);
  CHECK(open_images(root / "two").size == 1);
  const auto test =
      open_images(root / "two", {.split = Split::test, .height = 4, .width = 5, .channels = 1});
  CHECK(test.classes == Names{"cat", "dog"});
  CHECK(test.shape == data::ImageShape{4, 5, 1});
  for (const float pixel : data::read_image(test, 1).first.pixels) CHECK(pixel == Approx(0.6f));
}

TEST_CASE("an HDF5 file is opened, its groups train and test as two parts") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "a.data";  // seen from the content
  {
    Hdf5Writer writer(file);
    writer.add("images", H5T_STD_U8LE, {3, 2, 2, 3}, telling_bytes(3, 12));
    writer.add("labels", H5T_STD_I32LE, {3}, count_to(3));
  }
  const auto set = open_images(file, {.split = Split::test});
  CHECK(set.size == 3);
  CHECK(set.shape == data::ImageShape{2, 2, 3});
  const auto parts = directory.path() / "parts.data";
  {
    Hdf5Writer writer(parts);
    for (const std::string part : {"train", "test"}) {
      const hsize_t size = part == "train" ? 3 : 2;
      writer.add_group(part.c_str());
      writer.add((part + "/images").c_str(), H5T_STD_U8LE, {size, 2, 2}, telling_bytes(size, 4));
      writer.add((part + "/labels").c_str(), H5T_STD_I32LE, {size}, count_to(int(size)));
    }
  }
  CHECK(open_images(parts).size == 3);
  CHECK(open_images(parts, {.split = Split::test}).size == 2);
}

TEST_CASE("both parts are opened together, and count the same classes") {
  const TemporaryDirectory directory;
  const auto& root = directory.path();
  write_grey(root / "two" / "train" / "cat" / "1.png", 51);
  write_grey(root / "two" / "train" / "dog" / "1.png", 102);
  write_grey(root / "two" / "test" / "dog" / "1.png", 153);  // the first class there
  const auto two = data::open_train_and_test(root / "two", {.channels = 1});
  CHECK(two.train.size == 2);
  CHECK(two.test.classes == Names{"cat", "dog"});
  CHECK(data::read_image(two.test, 0).second == 1);

  write_idx(root / "idx");
  const auto idx = data::open_train_and_test(root / "idx");
  CHECK(idx.train.size == 2);
  CHECK(idx.test.size == 1);
}

TEST_CASE("of a single part a fifth is set aside") {
  const TemporaryDirectory directory;
  for (int i = 0; i < 10; ++i) {
    write_grey(directory.path() / "cat" / fmt::format("{}.png", i), static_cast<std::uint8_t>(i));
  }
  const auto [train, test] = data::open_train_and_test(directory.path());
  CHECK(train.size == 8);
  CHECK(test.size == 2);
  CHECK(data::read_image(test, 0).first.pixels[0] == Approx(4 / 255.F));
}

TEST_CASE("images are brought to the shape asked for, whatever they are read from") {
  const TemporaryDirectory directory;
  write_idx(directory.path());
  const auto large = open_images(directory.path(), {.height = 2, .width = 4, .channels = 3});
  CHECK(large.shape == data::ImageShape{2, 4, 3});
  const auto image = data::read_image(large, 1).first;  // 0.4 beside 1
  REQUIRE(image.shape == large.shape);
  for (int c = 0; c < 3; ++c) {
    CHECK(image.at(1, 0)[c] == Approx(0.4f));
    CHECK(image.at(1, 3)[c] == Approx(1));
  }
  CHECK_THROWS_AS(open_images(directory.path(), {.channels = 2}), InvalidArgument);
  CHECK_THROWS_WITH(open_images(directory.path(), {.channels = 2}),
                    Contains(directory.path().string()) && Contains("1 channels"));
  CHECK_THROWS_AS(open_images(directory.path(), {.height = 5}), InvalidArgument);
  CHECK_THROWS_AS(open_images(directory.path(), {.height = 5, .width = -5}), InvalidArgument);
}

TEST_CASE("colours become grey by how bright they look") {
  const data::Image colours{{1, 3, 3}, {1, 0, 0, 0, 1, 0, 0.5f, 0.5f, 0.5f}};
  const auto grey = data::with_channels(colours, 1);
  CHECK(grey.shape == data::ImageShape{1, 3, 1});
  CHECK(grey.pixels[0] == Approx(0.299f));
  CHECK(grey.pixels[1] == Approx(0.587f));
  CHECK(grey.pixels[2] == Approx(0.5f));
  CHECK(data::with_channels(grey, 3).pixels[4] == grey.pixels[1]);
  CHECK_THROWS_AS(data::with_channels(colours, 4), InvalidArgument);
}

TEST_CASE("labels count the classes asked for, by name where names are known") {
  const TemporaryDirectory directory;
  write_grey(directory.path() / "pictures" / "cat" / "1.png", 1);
  write_grey(directory.path() / "pictures" / "dog" / "1.png", 2);
  const Names names{"dog", "bird", "cat"};
  const auto set = open_images(directory.path() / "pictures", {.classes = names});
  CHECK(set.classes == names);
  CHECK(data::read_image(set, 0).second == 2);
  CHECK(data::read_image(set, 1).second == 0);
  CHECK_THROWS_WITH(open_images(directory.path() / "pictures", {.classes = {"cat", "cow"}}),
                    Contains("class dog") && Contains("2 classes"));

  write_idx(directory.path());
  const auto numbered = open_images(directory.path(), {.classes = names});
  CHECK(numbered.classes == names);
  CHECK(data::read_image(numbered, 1).second == 2);
  CHECK_THROWS_WITH(open_images(directory.path(), {.classes = {"a", "b"}}),
                    Contains("from 0 to 2") && Contains("2 classes"));
}

TEST_CASE("the part to judge by may be called as it is elsewhere") {
  const TemporaryDirectory directory;
  for (const std::string part : {"val", "valid", "validation", "test"}) {
    INFO(part);
    const auto root = directory.path() / part;
    write_grey(root / "train" / "cat" / "1.png", 51);
    CHECK_FALSE(data::has_parts(root));
    write_grey(root / part / "cat" / "2.png", 102);
    CHECK(data::has_parts(root));
    CHECK(open_images(root, {.split = Split::train}).classes == Names{"cat"});
    const auto test = open_images(root, {.split = Split::test, .channels = 1});
    CHECK(data::read_image(test, 0).first.pixels[0] == 0.4f);
  }
}

TEST_CASE("a class without images is named, not all that a path may hold") {
  const TemporaryDirectory directory;
  write_grey(directory.path() / "cat" / "1.png", 51);
  std::filesystem::create_directory(directory.path() / "dog");
  write_plain(directory.path() / "dog" / "1.heic", "a picture of another kind");
  CHECK_THROWS_WITH(open_images(directory.path()),
                    Contains("dog has no .png, .jpg or .jpeg file") && !Contains("CIFAR"));
}

TEST_CASE("a path with no images says all that was looked for") {
  const TemporaryDirectory directory;
  const auto& root = directory.path();
  CHECK_THROWS_AS(open_images(root / "missing"), IoError);
  CHECK_THROWS_WITH(open_images(root / "missing"), Contains((root / "missing").string()));
  CHECK_THROWS_AS(open_images(root), InvalidArgument);
  CHECK_THROWS_WITH(open_images(root), Contains(root.string()) &&
                                           Contains("train-images-idx3-ubyte") &&
                                           Contains("CIFAR-10") && Contains("PNG or JPEG"));
  const auto file = write_plain(root / "a.h5", "nothing");
  CHECK_THROWS_AS(open_images(file), InvalidArgument);
  CHECK_THROWS_WITH(open_images(file), Contains(file.string()) && Contains("no HDF5 file"));
}

}  // namespace linseed::test
