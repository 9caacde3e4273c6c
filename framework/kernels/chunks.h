// Sums over a batch whose bits do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/reduction.h>
#include <linseed/framework/kernels/row_folds.h>

namespace linseed::kernels {

constexpr std::int64_t kMostChunks = 8;

/// Into how many chunks a batch is cut, by these numbers alone, so that each chunk can have a
/// thread: few enough that a sum of its own for each costs little.
inline std::int64_t chunks_of(std::int64_t images, std::int64_t positions) {
  const std::int64_t worth = images * positions / 256;
  return std::clamp<std::int64_t>(std::min(images, worth), 1, kMostChunks);
}

/// total [size] = Σ over the images of a batch, each of so many positions. The sums of its chunks
/// meet in a fixed tree. make(sum, part, last_part, image, last_image) makes of a chunk's sum the
/// parts [part, last_part), of which it has `parts` of equal length: all in one call, unless there
/// are too few chunks for as many threads. `cost` is the work of one image, in ns.
template <class T, class Make>
void sum_over_batch(const KernelCall& call, std::int64_t images, std::int64_t positions, T* total,
                    std::int64_t size, std::int64_t parts, double cost, const Make& make) {
  if (size == 0) return;
  const std::int64_t chunks = chunks_of(images, positions);
  Buffer others(static_cast<std::size_t>((chunks - 1) * size) * sizeof(T));
  const auto sum_of = [&, data = static_cast<T*>(others.data())](std::int64_t chunk) {
    return chunk == 0 ? total : data + (chunk - 1) * size;
  };
  const std::int64_t cuts = chunks < kMostChunks ? parts : 1;
  const double item_cost =
      cost * static_cast<double>(images) / static_cast<double>(chunks * cuts) + 1000;
  call.parallel_for(chunks * cuts, item_cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t chunk = item / cuts, cut = item % cuts;
      make(sum_of(chunk), cut * parts / cuts, (cut + 1) * parts / cuts, chunk * images / chunks,
           (chunk + 1) * images / chunks);
    }
  });
  if (chunks == 1) return;
  constexpr std::int64_t kBlock = 512;  // those of all chunks stay in a first-level cache
  call.parallel_for(size, static_cast<double>(chunks), [&](std::int64_t begin, std::int64_t end) {
    for (; begin < end; begin += kBlock) {
      const std::int64_t width = std::min(kBlock, end - begin);
      pairwise(chunks, [&](std::int64_t into, std::int64_t from) {
        fold_rows(Fold::sum, Rows<T>{sum_of(from) + begin, 1, 0, width}, sum_of(into) + begin);
      });
    }
  });
}

}  // namespace linseed::kernels
