// Sets in memory, IDX pairs and CIFAR files, sound and broken.
#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/cifar.h>
#include <linseed/framework/data/dataset.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/tests/framework/data/cifar_files.h>

namespace linseed::test {
namespace {

using Catch::Matchers::Contains;
using Floats = std::vector<float>;

}  // namespace

TEST_CASE("a set in memory gives bytes between 0 and 1, and floats as they are") {
  const Tensor bytes = Tensor::from<std::uint8_t>({0, 255, 51, 102, 1, 2}, {3, 1, 2});
  const Tensor labels = Tensor::from<std::int64_t>({2, 0, 1}, {3});
  const auto set = data::in_memory(bytes, labels, {"a", "b", "c"});
  CHECK(set.size == 3);
  CHECK(set.shape == data::ImageShape{1, 2, 1});
  CHECK(set.classes == std::vector<std::string>{"a", "b", "c"});
  CHECK(data::read_image(set, 0).first.pixels == Floats{0, 1});
  CHECK(data::read_image(set, 1).first.pixels == Floats{0.2f, 0.4f});
  CHECK(data::read_image(set, 0).second == 2);

  const Tensor floats = reshape(arange(12, float32), {3, 1, 2, 2}) * 2.f;  // not evaluated yet
  const auto other = data::in_memory(data::LabelledImages{floats, labels});
  CHECK(other.shape == data::ImageShape{1, 2, 2});
  CHECK(other.classes == std::vector<std::string>{"0", "1", "2"});
  CHECK(data::read_image(other, 2).first.pixels == Floats{16, 18, 20, 22});
  CHECK_THROWS_WITH(data::read_image(other, 3), Contains("image 3 of a set of 3"));
}

TEST_CASE("tensors that are no images and labels are refused") {
  const Tensor labels = arange(3);
  CHECK_THROWS_WITH(data::in_memory(zeros({3, 4}), labels), Contains("[3,4] float32"));
  CHECK_THROWS_AS(data::in_memory(zeros({3, 2, 2}, int32), labels), InvalidArgument);
  CHECK_THROWS_AS(data::in_memory(zeros({3, 2, 2}), zeros({3})), InvalidArgument);
  CHECK_THROWS_AS(data::in_memory(zeros({4, 2, 2}), labels), InvalidArgument);
  CHECK_THROWS_WITH(data::in_memory(zeros({3, 2, 2}), labels, {"a", "b"}),
                    Contains("from 0 to 1, found 2 at index 2"));
  // The last would be 1 in 32 bits.
  for (const std::int64_t label :
       {std::int64_t{-1}, std::int64_t{1} << 16, (std::int64_t{1} << 32) + 1}) {
    CHECK_THROWS_AS(data::in_memory(zeros({1, 2, 2}), Tensor::from<std::int64_t>({label}, {1})),
                    InvalidArgument);
  }
}

TEST_CASE("two IDX files make a set, and files that do not fit are named") {
  const TemporaryDirectory directory;
  const auto images = write_gzip(directory.path() / "images",
                                 idx_header(0x08, {2, 1, 2}) + bytes({0, 51, 102, 255}));
  const auto labels =
      write_plain(directory.path() / "labels", idx_header(0x08, {2}) + bytes({1, 0}));
  const auto set = data::idx_images(images, labels);
  CHECK(set.size == 2);
  CHECK(data::read_image(set, 1).first.pixels == Floats{0.4f, 1});
  CHECK(data::read_image(set, 0).second == 1);
  CHECK_THROWS_AS(data::idx_images(labels, images), DataCorruption);
  CHECK_THROWS_WITH(data::idx_images(labels, labels), Contains(labels.string()));
}

TEST_CASE("CIFAR-10 is read from its binary files, wherever the archive was unpacked") {
  const TemporaryDirectory directory;
  write_cifar10(directory.path() / "cifar-10-batches-bin");
  for (const auto& place : {directory.path(), directory.path() / "cifar-10-batches-bin"}) {
    const auto task = data::cifar10(place);
    CHECK(task.train.size == 15);
    CHECK(task.test.size == 2);
    CHECK(task.train.shape == data::ImageShape{32, 32, 3});
    CHECK(task.train.classes.size() == 10);
    CHECK(task.train.classes[9] == "9");
    const auto [image, label] = data::read_image(task.train, 4);  // the second of the third file
    CHECK(label == 4);
    CHECK(image.at(0, 0)[0] == 11 / 255.f);
    CHECK(image.at(17, 3)[1] == 21 / 255.f);
    CHECK(image.at(31, 30)[2] == 31 / 255.f);
    CHECK(image.at(31, 31)[2] == 0);
  }
  write_plain(directory.path() / "cifar-10-batches-bin" / "batches.meta.txt", "airplane\r\ncar\n");
  CHECK(data::cifar10(directory.path()).test.classes[1] == "car");
}

TEST_CASE("CIFAR-100 has fine and coarse labels") {
  const TemporaryDirectory directory;
  write_plain(directory.path() / "train.bin", cifar_records(3, 2, 2));
  write_plain(directory.path() / "test.bin", cifar_records(1, 2));
  const auto fine = data::cifar100(directory.path());
  CHECK(fine.train.classes.size() == 100);
  CHECK(data::read_image(fine.train, 1).second == 13);
  CHECK(data::read_image(fine.train, 1).first.at(0, 0)[0] == 11 / 255.f);
  const auto coarse = data::cifar100(directory.path(), data::CifarLabels::coarse);
  CHECK(coarse.train.classes.size() == 20);
  CHECK(data::read_image(coarse.train, 1).second == 3);
}

TEST_CASE("of one part of CIFAR, the files of the other may be missing") {
  const TemporaryDirectory directory;
  write_plain(directory.path() / "test_batch.bin", cifar_records(2, 1));
  write_plain(directory.path() / "train.bin", cifar_records(3, 2, 2));
  CHECK(data::cifar10(directory.path(), data::Split::test).size == 2);
  CHECK_THROWS_WITH(data::cifar10(directory.path(), data::Split::train),
                    Contains("data_batch_1.bin"));
  CHECK(data::cifar100(directory.path(), data::Split::train).size == 3);
  CHECK_THROWS_WITH(data::cifar100(directory.path(), data::Split::test), Contains("test.bin"));
}

TEST_CASE("CIFAR files that are missing, cut short or mislabelled are refused by name") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(data::cifar10(directory.path()), IoError);
  CHECK_THROWS_WITH(data::cifar10(directory.path()), Contains("data_batch_1.bin"));
  write_cifar10(directory.path());
  const auto file = directory.path() / "data_batch_3.bin";
  const std::string sound = read_all(file);
  write_plain(file, sound.substr(0, sound.size() - 1));
  CHECK_THROWS_AS(data::cifar10(directory.path()), DataCorruption);
  CHECK_THROWS_WITH(data::cifar10(directory.path()),
                    Contains("data_batch_3.bin") && Contains("3073 bytes"));
  write_plain(file, {});
  CHECK_THROWS_AS(data::cifar10(directory.path()), DataCorruption);
  write_plain(file, cifar_records(2, 1, 9));
  CHECK_THROWS_WITH(data::cifar10(directory.path()), Contains("found 10 at index 1"));
  std::filesystem::remove(file);
  CHECK_THROWS_AS(data::cifar10(directory.path()), IoError);
}

}  // namespace linseed::test
