// Images streamed from HDF5 files: their values, their order, and what memory they take.
#include <linseed/framework/data/hdf5_images.h>

#include <algorithm>
#include <cstring>

#include <catch2/catch.hpp>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/data/loader.h>
#include <linseed/framework/ops/random.h>
#include <linseed/tests/framework/data/hdf5_files.h>
#include <linseed/tests/framework/data/idx_files.h>
#include <linseed/tests/framework/data/images.h>

namespace linseed::test {
namespace {

using Catch::Matchers::Contains;

}  // namespace

TEST_CASE("HDF5 images are read in every layout of the file") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "a.h5";
  const auto bytes = telling_bytes(10, 24);
  struct Layout {
    Hdf5Writer::Dims chunk;
    bool deflate;
    hid_t type = H5T_STD_U8LE;
  };
  for (const auto& [chunk, deflate, type] : {Layout{{}, false},
                                             {{}, false, H5T_STD_U8BE},
                                             {{3, 4, 2, 3}, false},
                                             {{4, 2, 1, 3}, true},
                                             {{1, 4, 2, 3}, true}}) {
    {
      Hdf5Writer writer(file);
      writer.add("images", type, {10, 4, 2, 3}, bytes, chunk, deflate);
      writer.add("labels", H5T_STD_I64BE, {10, 1}, count_to(10));
    }
    const auto set = data::hdf5_images(file);
    CHECK(set.size == 10);
    CHECK(set.shape == data::ImageShape{4, 2, 3});
    CHECK(set.classes.size() == 10);
    for (const std::int64_t i : {9, 0, 4}) {
      const auto [image, label] = data::read_image(set, i);
      CHECK(label == i);
      for (std::size_t k = 0; k < 24; ++k) {
        CHECK(image.pixels[k] == static_cast<float>(bytes[24 * i + k]) / 255.f);
      }
    }
  }
}

TEST_CASE("HDF5 images may be floats, grey, below a group, and have their channels first") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "a.h5";
  {
    Hdf5Writer writer(file);
    writer.add<float>("doubles", H5T_IEEE_F64BE, {2, 1, 2}, {1.5f, -2, 3, 4});
    writer.add<float>("planes", H5T_IEEE_F32LE, {1, 2, 1, 3}, {1, 2, 3, 10, 20, 30});
    writer.add<std::uint8_t>("two", H5T_STD_U8LE, {2}, {1, 0});
    writer.add<std::uint8_t>("one", H5T_STD_U8LE, {1}, {0});
  }
  const auto grey =
      data::hdf5_images(file, {.images = "/doubles", .labels = "two", .classes = {"no", "yes"}});
  CHECK(grey.shape == data::ImageShape{1, 2, 1});
  CHECK(data::read_image(grey, 0).first.pixels == std::vector<float>{1.5f, -2});
  CHECK(data::read_image(grey, 0).second == 1);
  CHECK(grey.classes[1] == "yes");
  const auto planes =
      data::hdf5_images(file, {.images = "planes", .labels = "one", .channels_first = true});
  CHECK(planes.shape == data::ImageShape{1, 3, 2});
  CHECK(data::read_image(planes, 0).first.pixels == std::vector<float>{1, 10, 2, 20, 3, 30});
}

TEST_CASE("streamed epochs are full permutations, in a memory that is bounded") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "large.h5";
  constexpr int kImages = 2000;
  constexpr std::size_t kBytes = 64 * 64;  // 8 MB in all, in blocks of 250 images, 1 MB
  {
    Hdf5Writer writer(file);
    writer.add("images", H5T_STD_U8LE, {kImages, 64, 64}, telling_bytes(kImages, kBytes),
               {50, 64, 64}, true);
    writer.add("labels", H5T_STD_I32LE, {kImages}, count_to(kImages));
  }
  constexpr std::int64_t kMemory = 4'100'000;
  const auto set = data::hdf5_images(file, {.memory = kMemory});
  CHECK(set.locality.blocks.at(1) == 250);
  CHECK(set.locality.blocks_in_memory == 2);
  // What fits into memory is one window, by whatever margin.
  CHECK(data::hdf5_images(file, {.memory = 8'400'000}).locality.blocks_in_memory == 8);
  // Less than two such blocks: they become smaller.
  CHECK(data::hdf5_images(file, {.memory = 900'000}).locality.blocks.at(1) == 100);
  const std::size_t before = Buffer::bytes_in_use();
  const auto key = random::key(5);
  for (const int ahead : {0, 3}) {
    data::Loader loader(set, 100, key, {.ahead = ahead, .threads = 2});
    for (const std::int64_t epoch : {0, 1}) {
      std::vector<std::int32_t> labels;
      for (const auto& batch : loader.rest_of_epoch({epoch, 0})) {
        const auto here = values<std::int32_t>(batch.labels);
        const auto pixels = batch.images.data<float>();
        for (std::size_t i = 0; i < here.size(); ++i) {
          const int first = here[i] * 7 % 251;
          REQUIRE(pixels[i * kBytes] == static_cast<float>(first) / 255.f);
        }
        labels.insert(labels.end(), here.begin(), here.end());
        // Blocks; the batch at hand, those ahead, one that is just begun; one block between
        // threads.
        const std::size_t batches = static_cast<std::size_t>(ahead + 2) * 100 * kBytes * 4;
        CHECK(Buffer::bytes_in_use() - before <= kMemory + batches + (2 << 20));
      }
      CHECK(labels != count_to(kImages));
      std::ranges::sort(labels);
      CHECK(labels == count_to(kImages));
    }
  }
}

TEST_CASE("a streamed run goes on from any position as it would have gone on") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "a.h5";
  {
    Hdf5Writer writer(file);
    writer.add("images", H5T_STD_U8LE, {4000, 30, 30}, telling_bytes(4000, 900), {400, 30, 30});
    writer.add("labels", H5T_STD_I32LE, {4000}, count_to(4000));
  }
  const auto load = [&] {
    return data::Loader(data::hdf5_images(file, {.memory = 3'000'000}), 700, random::key(1));
  };
  auto whole = load();
  const Seen expected = see(whole, {}, 8);
  for (const data::Position position : {data::Position{0, 3}, {1, 2}}) {
    auto fresh = load();
    const auto place = static_cast<std::size_t>(5 * position.epoch + position.step);
    CHECK(see(fresh, position, 1).labels[0] == expected.labels[place]);
    CHECK(see(fresh, position, 1).images[0] == expected.images[place]);
  }
}

TEST_CASE("HDF5 files that make no set are refused, with what to do") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "a.h5";
  CHECK_THROWS_AS(data::hdf5_images(file), IoError);
  write_plain(file, "not HDF5");
  CHECK_THROWS_AS(data::hdf5_images(file), DataCorruption);
  CHECK_THROWS_WITH(data::hdf5_images(file), Contains(file.string()));
  {
    Hdf5Writer writer(file);
    writer.add("images", H5T_STD_U8LE, {1000, 10, 10}, telling_bytes(1000, 100), {500, 10, 10});
    writer.add("flat", H5T_STD_U8LE, {10, 10}, telling_bytes(10, 10));
    writer.add("ints", H5T_STD_I32LE, {1, 1, 1}, count_to(1));
    writer.add("labels", H5T_STD_I32LE, {1000}, count_to(1000));
    writer.add("few", H5T_STD_I32LE, {5}, count_to(5));
    writer.add("negative", H5T_STD_I32LE, {1000}, std::vector<std::int32_t>(1000, -1));
    writer.add("huge", H5T_STD_I32LE, {1000}, std::vector<std::int32_t>(1000, 2147483647));
  }
  const auto with = [&](const char* images, const char* labels) {
    return data::hdf5_images(file, {.images = images, .labels = labels});
  };
  CHECK(with("images", "labels").size == 1000);
  CHECK_THROWS_AS(with("nothing", "labels"), InvalidArgument);
  CHECK_THROWS_WITH(with("nothing", "labels"), Contains("no dataset") && Contains("nothing"));
  CHECK_THROWS_WITH(with("flat", "labels"), Contains("[10,10] uint8"));
  CHECK_THROWS_AS(with("ints", "labels"), InvalidArgument);
  CHECK_THROWS_WITH(with("images", "few"), Contains("1000 whole numbers"));
  CHECK_THROWS_AS(with("images", "negative"), DataCorruption);
  CHECK_THROWS_WITH(with("images", "huge"),
                    Contains("huge") && Contains("found 2147483647 at index 0"));
  CHECK_THROWS_WITH(data::hdf5_images(file, {.classes = {"a", "b"}}),
                    Contains("found 2 at index 2"));
  CHECK_THROWS_WITH(data::hdf5_images(file, {.memory = 80'000}),
                    Contains("chunks of 500 rows") && Contains("h5repack"));
}

TEST_CASE("rows that cannot be decompressed are named, and can be skipped") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "a.h5";
  {
    Hdf5Writer writer(file);
    writer.add("images", H5T_STD_U8LE, {40, 256, 256}, telling_bytes(40, 256 * 256), {10, 256, 256},
               true);
    writer.add("labels", H5T_STD_I32LE, {40}, count_to(40));
  }
  std::string content = read_all(file);
  // The largest pieces of the file are its compressed chunks: the middle is in one of them.
  std::memset(content.data() + content.size() / 2, 0x55, 64);
  write_plain(file, content);
  const auto set = data::hdf5_images(file);
  data::Loader loader(
      set, 40, random::key(0),
      {.shuffle = false, .drop_last = false, .on_broken = data::OnBroken::skip, .ahead = 0});
  CHECK(loader.batch({}).images.dim(0) < 40);
  REQUIRE(!loader.broken().empty());
  CHECK_THAT(loader.broken()[0].second, Contains(file.string()) && Contains("cannot be read"));
}

}  // namespace linseed::test
