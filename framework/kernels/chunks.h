// Sums over a batch whose bits do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/reduction.h>

namespace linseed::kernels {

/// total [size] = Σ over the images of a batch, each of so many positions. They are cut into chunks
/// by these numbers alone, so that each chunk can have a thread: add(part, sum, first, last) adds
/// what images [first, last) give to a chunk's own sum, and the sums meet in a fixed tree. Where a
/// sum falls into `parts` of equal length, each is a call, in which `sum` is where the part begins.
/// `cost` is the work of one image, in ns.
template <class T, class Add>
void sum_over_batch(const KernelCall& call, std::int64_t images, std::int64_t positions, T* total,
                    std::int64_t size, std::int64_t parts, double cost, const Add& add) {
  if (size == 0) return;
  // Enough for eight threads, few enough that a sum of its own for each costs little.
  const std::int64_t worth = images * positions / 256;
  const std::int64_t chunks = std::clamp<std::int64_t>(std::min(images, worth), 1, 8);
  Buffer others(static_cast<std::size_t>((chunks - 1) * size) * sizeof(T));
  const auto sum_of = [&, data = static_cast<T*>(others.data())](std::int64_t chunk) {
    return chunk == 0 ? total : data + (chunk - 1) * size;
  };
  const std::int64_t length = size / parts;
  const double item_cost =
      cost * static_cast<double>(images) / static_cast<double>(chunks * parts) + 1000;
  call.parallel_for(chunks * parts, item_cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t chunk = item / parts, part = item % parts;
      T* const sum = sum_of(chunk) + part * length;
      std::fill_n(sum, length, T{0});
      add(part, sum, chunk * images / chunks, (chunk + 1) * images / chunks);
    }
  });
  if (chunks == 1) return;
  call.parallel_for(size, static_cast<double>(chunks), [&](std::int64_t begin, std::int64_t end) {
    pairwise(chunks, [&](std::int64_t into, std::int64_t from) {
      T* const target = sum_of(into);
      const T* const source = sum_of(from);
      for (std::int64_t i = begin; i < end; ++i) target[i] += source[i];
    });
  });
}

}  // namespace linseed::kernels
