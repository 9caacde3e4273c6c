// Matrices laid out as tiles of products read them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/sum_of_products.h>

namespace linseed::kernels {

/// A matrix of `rows` rows, whose columns are those of some groups side by side, cut into panels of
/// two vectors of columns. The rows of a panel are neighbours: rows a power of two apart would
/// compete for the same few lines of a first-level cache. The last panel of a group is filled up
/// with zeros. A matrix that is one panel is not copied.
template <class T>
class Panels {
 public:
  Panels(const ParallelFor& parallel_for, const T* data, std::int64_t rows, std::int64_t groups,
         std::int64_t columns)
      : data_(data), rows_(rows), count_((columns + width() - 1) / width()) {
    if (groups == 1 && columns == width()) return;
    const std::int64_t size = rows * groups * count_ * width();
    T* const copy =
        static_cast<T*>(copy_.emplace(static_cast<std::size_t>(size) * sizeof(T)).data());
    data_ = copy;
    parallel_for(rows, 0.2 * static_cast<double>(groups * columns),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = 0; i < groups * count_; ++i) {
                     const std::int64_t first = i % count_ * width();
                     const std::int64_t filled = std::min(width(), columns - first);
                     const T* const from = data + i / count_ * columns + first;
                     T* const to = copy + i * rows * width();
                     for (std::int64_t row = begin; row < end; ++row) {
                       T* const line = to + row * width();
                       std::copy_n(from + row * groups * columns, filled, line);
                       std::fill(line + filled, line + width(), T{0});
                     }
                   }
                 });
  }

  /// Columns of a panel: the distance of its rows.
  static std::int64_t width() { return 2 * vector_lanes<T>(); }

  /// Panels of a group, and where the first row of one begins.
  std::int64_t count() const { return count_; }
  const T* panel(std::int64_t group, std::int64_t number) const {
    return data_ + (group * count_ + number) * rows_ * width();
  }

 private:
  const T* data_;
  std::int64_t rows_;
  std::int64_t count_;
  std::optional<Buffer> copy_;
};

}  // namespace linseed::kernels
