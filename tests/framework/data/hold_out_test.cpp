#include <linseed/framework/data/hold_out.h>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>

namespace linseed::test {
namespace {

/// Images of one pixel, which is their index; so is the label.
data::Dataset numbered(std::int64_t size) {
  return {
      .size = size, .shape = {1, 1, 1}, .read = [](std::int64_t index, std::span<float> pixels) {
        pixels[0] = static_cast<float>(index);
        return static_cast<std::int32_t>(index);
      }};
}

std::vector<std::int32_t> labels(const data::Dataset& dataset) {
  std::vector<std::int32_t> result;
  for (std::int64_t i = 0; i < dataset.size; ++i) {
    result.push_back(data::read_image(dataset, i).second);
  }
  return result;
}

}  // namespace

TEST_CASE("one image in five is set aside, and none is in both parts or lost") {
  const auto [train, test] = data::hold_out(numbered(13));
  CHECK(labels(train) == std::vector<std::int32_t>{0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12});
  CHECK(labels(test) == std::vector<std::int32_t>{4, 9});
}

TEST_CASE("every second image can be set aside, of a set of any size") {
  for (const std::int64_t size : {2, 3, 4, 7}) {
    const auto [train, test] = data::hold_out(numbered(size), 2);
    CHECK(train.size + test.size == size);
    CHECK(labels(test).front() == 1);
    CHECK(labels(train).back() == (size % 2 == 1 ? size - 1 : size - 2));
  }
}

TEST_CASE("a block of a part lies in one block of the set, and no block is empty") {
  for (const auto& [size, length, every] :
       {std::tuple(100, 10, 5), {320, 32, 3}, {103, 7, 5}, {100, 2, 5}, {9, 4, 9}}) {
    INFO(size << " images in blocks of " << length << ", 1 in " << every << " set aside");
    data::Dataset whole = numbered(size);
    whole.locality = data::even_blocks(size, length, 3);
    const auto [train, test] = data::hold_out(whole, every);
    for (const data::Dataset& part : {train, test}) {
      CHECK(part.locality.blocks_in_memory == 3);
      data::check_dataset(part, "test");  // that blocks begin at 0, ascend, and end in the part
      std::vector<std::int64_t> expected;
      const auto images = labels(part);
      for (std::size_t i = 0; i < images.size(); ++i) {
        if (i == 0 || images[i] / length != images[i - 1] / length) {
          expected.push_back(static_cast<std::int64_t>(i));
        }
      }
      CHECK(part.locality.blocks == expected);
    }
  }
}

TEST_CASE("what cannot be set aside is refused") {
  CHECK_THROWS_AS(data::hold_out(numbered(10), 1), InvalidArgument);
  CHECK_THROWS_AS(data::hold_out(numbered(4), 5), InvalidArgument);
  CHECK_THROWS_AS(data::hold_out(data::Dataset{}), InvalidArgument);
}

}  // namespace linseed::test
