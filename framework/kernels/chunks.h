// Sums over a batch whose bits do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// sums[0] += sums[1] + … in a balanced tree, each of the `count` sums `size` elements long.
template <class T>
void add_pairwise(const KernelCall& call, T* sums, std::int64_t count, std::int64_t size) {
  call.parallel_for(size, static_cast<double>(count), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t step = 1; step < count; step *= 2) {
      for (std::int64_t left = 0; left + step < count; left += 2 * step) {
        T* target = sums + left * size;
        const T* source = target + step * size;
        for (std::int64_t i = begin; i < end; ++i) target[i] += source[i];
      }
    }
  });
}

/// total [size] = Σ over the images of a batch. They are cut into chunks by their number alone, so
/// that each can have a thread: add(sum, first, last) adds those of a chunk to its own sum, and the
/// sums meet in a fixed tree. `cost` is the work of one image, in ns.
template <class T, class Add>
void sum_over_batch(const KernelCall& call, std::int64_t images, T* total, std::int64_t size,
                    double cost, const Add& add) {
  // Enough chunks for eight threads, few enough that a sum of its own for each costs little.
  const std::int64_t chunks = std::min<std::int64_t>(images, 8);
  if (chunks == 0 || size == 0) {
    std::fill_n(total, size, T{0});
    return;
  }
  Buffer sums(static_cast<std::size_t>(chunks * size) * sizeof(T));
  T* const data = static_cast<T*>(sums.data());
  const double chunk_cost = cost * static_cast<double>(images) / static_cast<double>(chunks) + 1000;
  call.parallel_for(chunks, chunk_cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      std::fill_n(data + chunk * size, size, T{0});
      add(data + chunk * size, chunk * images / chunks, (chunk + 1) * images / chunks);
    }
  });
  add_pairwise(call, data, chunks, size);
  std::copy_n(data, size, total);
}

}  // namespace linseed::kernels
