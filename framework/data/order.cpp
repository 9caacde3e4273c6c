#include <linseed/framework/data/order.h>

#include <algorithm>
#include <span>

#include <linseed/framework/data/batches.h>
#include <linseed/framework/ops/random.h>

namespace linseed::data {
namespace {

std::vector<std::int32_t> values(const Tensor& order) {
  const auto data = order.data<std::int32_t>();
  return {data.begin(), data.end()};
}

/// The images of blocks number `window`, one block after the other.
std::vector<std::int32_t> images_of(std::span<const std::int32_t> window, const Dataset& dataset) {
  const std::vector<std::int64_t>& blocks = dataset.locality.blocks;
  std::vector<std::int32_t> images;
  for (const std::int32_t number : window) {
    const auto block = static_cast<std::size_t>(number);
    const std::int64_t end = block + 1 < blocks.size() ? blocks[block + 1] : dataset.size;
    for (std::int64_t i = blocks[block]; i < end; ++i) {
      images.push_back(static_cast<std::int32_t>(i));
    }
  }
  return images;
}

}  // namespace

std::vector<std::int32_t> shuffled_images(const Tensor& key, std::int64_t epoch,
                                          const Dataset& dataset) {
  const auto blocks = static_cast<std::int64_t>(dataset.locality.blocks.size());
  const std::int64_t together = dataset.locality.blocks_in_memory;
  if (blocks <= together) return values(batching::shuffled_order(key, epoch, dataset.size));

  // The order of the blocks has the epoch's key to itself; each window folds its number into it.
  const auto order = values(batching::shuffled_order(key, epoch, blocks));
  const Tensor window_key =
      random::fold_name(random::fold_in(key, static_cast<std::uint32_t>(epoch)), "window");
  std::vector<std::int32_t> result;
  result.reserve(static_cast<std::size_t>(dataset.size));
  for (std::int64_t first = 0; first < blocks; first += together) {
    const std::span window(order.data() + first, std::min(together, blocks - first));
    const auto images = images_of(window, dataset);
    const Tensor key_here = random::fold_in(window_key, static_cast<std::uint32_t>(first));
    const Tensor places = random::permutation(key_here, static_cast<std::int64_t>(images.size()));
    for (const std::int32_t place : places.data<std::int32_t>()) {
      result.push_back(images[static_cast<std::size_t>(place)]);
    }
  }
  return result;
}

}  // namespace linseed::data
