// The order in which an epoch takes the images of a set.
#pragma once

#include <cstdint>
#include <vector>

#include <linseed/framework/data/dataset.h>

namespace linseed::data {

/// All images of `dataset`, each once, in the order of an epoch: of the key and the epoch alone.
///
/// Where all of them are at hand, it is the permutation that Batches takes:
/// random::permutation(random::fold_in(key, epoch), size).
///
/// Where they are read by blocks, of which few fit into memory, blocks are taken in a random order,
/// as many at a time as fit, and the images of these in a random order. So each block is read once
/// an epoch, and images are mixed the better the more blocks fit.
std::vector<std::int32_t> shuffled_images(const Tensor& key, std::int64_t epoch,
                                          const Dataset& dataset);

}  // namespace linseed::data
