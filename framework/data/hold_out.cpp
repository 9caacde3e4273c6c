#include <linseed/framework/data/hold_out.h>

#include <algorithm>

#include <linseed/framework/core/error.h>

namespace linseed::data {
namespace {

/// Some images of `dataset`: image i is its image place(i); before(place) of them lie before that.
template <class Place, class Before>
Dataset part(const Dataset& dataset, Place place, Before before) {
  Dataset result = dataset;
  result.size = before(dataset.size);
  result.read = [read = dataset.read, place](std::int64_t index, std::span<float> pixels) {
    return read(place(index), pixels);
  };
  std::vector<std::int64_t>& blocks = result.locality.blocks;
  std::ranges::transform(blocks, blocks.begin(), before);
  // Without blocks that have none of the part's images.
  blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
  if (!blocks.empty() && blocks.back() == result.size) blocks.pop_back();
  return result;
}

}  // namespace

TrainAndTest hold_out(const Dataset& dataset, std::int64_t every) {
  check_dataset(dataset, "hold_out");
  if (every < 2 || every > dataset.size) {
    throw InvalidArgument(
        "hold_out: one image in {} cannot be set aside of {}; `every` is at least 2, and at most "
        "the number of images",
        every, dataset.size);
  }
  const auto train_place = [every](std::int64_t i) { return i + i / (every - 1); };
  const auto train_before = [every](std::int64_t place) { return place - place / every; };
  const auto test_place = [every](std::int64_t i) { return (i + 1) * every - 1; };
  const auto test_before = [every](std::int64_t place) { return place / every; };
  return {.train = part(dataset, train_place, train_before),
          .test = part(dataset, test_place, test_before)};
}

}  // namespace linseed::data
