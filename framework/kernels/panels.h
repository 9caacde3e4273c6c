// Matrices laid out as tiles of products read them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/sum_of_products.h>

namespace linseed::kernels {

/// A matrix of `rows` rows, whose columns are those of some groups side by side, cut into panels of
/// two vectors of columns. The rows of a panel are neighbours: rows a power of two apart would
/// compete for the same few lines of a first-level cache. The last panel of a group is filled up
/// with zeros. They lie in memory that is given.
template <class T>
class Panels {
 public:
  /// A matrix that is one panel already is not copied.
  Panels(const ParallelFor& parallel_for, const T* data, std::int64_t rows, std::int64_t groups,
         std::int64_t columns, void* memory)
      : Panels(rows, columns, bytes(rows, groups, columns) == 0 ? data : memory) {
    if (data_ == data) return;
    fill(
        parallel_for, rows, groups, columns, 0.1 * static_cast<double>(groups * columns),
        [=](std::int64_t row, std::int64_t column, std::int64_t count, T* line) {
          copy_short(data + row * groups * columns + column, count, line);
        },
        static_cast<T*>(memory));
  }
  /// What it needs of the memory.
  static std::size_t bytes(std::int64_t rows, std::int64_t groups, std::int64_t columns) {
    return groups == 1 && columns == width() ? 0 : bytes_of(rows, groups * count_of(columns));
  }

  /// Of one group, and of as many matrices below each other, each of so many rows, which are
  /// computed together: write(row, column, count, line) puts the columns [column, column + count)
  /// of a row of the first one to `line`, of the next one `rows` + 1 lines further on, and so on.
  /// A line between them keeps those that are written together apart in a cache. `cost` is the work
  /// of a row of all, in ns.
  template <class Write>
  Panels(const ParallelFor& parallel_for, std::int64_t matrices, std::int64_t rows,
         std::int64_t columns, double cost, const Write& write, void* memory)
      : Panels(matrices * (rows + 1), columns, memory) {
    fill(parallel_for, rows, 1, columns, cost, write, static_cast<T*>(memory));
  }
  static std::size_t bytes_of_matrices(std::int64_t matrices, std::int64_t rows,
                                       std::int64_t columns) {
    return bytes_of(matrices * (rows + 1), count_of(columns));
  }

  /// Columns of a panel: the distance of its rows.
  static std::int64_t width() { return 2 * vector_lanes<T>(); }

  /// Panels of a group, and where the first row of one begins.
  std::int64_t count() const { return count_; }
  const T* panel(std::int64_t group, std::int64_t number) const {
    return data_ + (group * count_ + number) * rows_ * width();
  }

 private:
  static std::int64_t count_of(std::int64_t columns) { return (columns + width() - 1) / width(); }
  static std::size_t bytes_of(std::int64_t rows, std::int64_t panels) {
    return static_cast<std::size_t>(rows * panels * width()) * sizeof(T);
  }

  Panels(std::int64_t rows, std::int64_t columns, const void* data)
      : data_(static_cast<const T*>(data)), rows_(rows), count_(count_of(columns)) {}

  template <class Write>
  void fill(const ParallelFor& parallel_for, std::int64_t rows, std::int64_t groups,
            std::int64_t columns, double cost, const Write& write, T* copy) const {
    const std::int64_t line = width();
    // Panel by panel: a thread finds in its caches what it has filled, if it works on that next.
    const std::int64_t panels = groups * count_;
    const double cost_of_line = cost / static_cast<double>(std::max<std::int64_t>(panels, 1));
    parallel_for(panels * rows, cost_of_line, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t number = i / rows, row = i % rows;
        const std::int64_t first = number % count_ * line, filled = std::min(line, columns - first);
        T* const panel = copy + number * rows_ * line;
        write(row, number / count_ * columns + first, filled, panel + row * line);
        for (std::int64_t k = row; filled < line && k < rows_; k += rows + 1) {
          std::fill(panel + k * line + filled, panel + (k + 1) * line, T{0});
        }
      }
    });
  }

  /// std::copy_n of a few elements, for which a call would take longer than the copy.
  static void copy_short(const T* from, std::int64_t count, T* to) {
    constexpr std::int64_t kBlock = 32 / sizeof(T);
    std::int64_t i = 0;
    for (; i + kBlock <= count; i += kBlock) std::copy_n(from + i, kBlock, to + i);
    for (; i < count; ++i) to[i] = from[i];
  }

  const T* data_;
  std::int64_t rows_;
  std::int64_t count_;
};

}  // namespace linseed::kernels
