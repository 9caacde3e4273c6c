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

TEST_CASE("blocks of a part are as large as its share of them") {
  data::Dataset blocks = numbered(100);
  blocks.locality = {.block = 10, .blocks_in_memory = 3};
  const auto [train, test] = data::hold_out(blocks);
  CHECK(train.locality.block == 8);
  CHECK(test.locality.block == 2);
  CHECK(train.locality.blocks_in_memory == 3);
}

TEST_CASE("a set of which all blocks fit into memory is shuffled as a whole in its parts, too") {
  data::Dataset blocks = numbered(320);
  blocks.locality = {.block = 32, .blocks_in_memory = 10};
  const auto [train, test] = data::hold_out(blocks, 3);
  for (const auto& part : {train, test}) {
    CHECK((part.size + part.locality.block - 1) / part.locality.block <= 10);
  }
}

TEST_CASE("what cannot be set aside is refused") {
  CHECK_THROWS_AS(data::hold_out(numbered(10), 1), InvalidArgument);
  CHECK_THROWS_AS(data::hold_out(numbered(4), 5), InvalidArgument);
  CHECK_THROWS_AS(data::hold_out(data::Dataset{}), InvalidArgument);
}

}  // namespace linseed::test
