#include <linseed/framework/data/hold_out.h>

#include <linseed/framework/core/error.h>

namespace linseed::data {
namespace {

/// `size` images of `dataset`: image i is its image place(i), and places ascend.
template <class Place>
Dataset part(const Dataset& dataset, std::int64_t size, Place place) {
  Dataset result = dataset;
  result.size = size;
  result.read = [read = dataset.read, place](std::int64_t index, std::span<float> pixels) {
    return read(place(index), pixels);
  };
  if (result.locality.block > 0) {  // no more blocks than the set has, so that as many fit
    const std::int64_t blocks = (dataset.size - 1) / result.locality.block + 1;
    result.locality.block = (size - 1) / blocks + 1;
  }
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
  const std::int64_t held_out = dataset.size / every;
  return {.train = part(dataset, dataset.size - held_out,
                        [every](std::int64_t i) { return i + i / (every - 1); }),
          .test = part(dataset, held_out, [every](std::int64_t i) { return (i + 1) * every - 1; })};
}

}  // namespace linseed::data
