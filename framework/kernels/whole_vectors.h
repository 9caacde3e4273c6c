// Matrices whose rows are read in whole vectors.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/sum_of_products.h>

namespace linseed::kernels {

/// A matrix [rows, columns] of which SumOfProducts may read `run` columns of each row: itself, or a
/// copy with room behind it if a vector would reach over its end.
template <class T>
class WholeVectors {
 public:
  WholeVectors(const KernelCall& call, const T* data, std::int64_t rows, std::int64_t columns,
               std::int64_t run)
      : data_(data) {
    const std::int64_t lanes = vector_lanes<T>();
    if (run >= lanes) return;
    const std::int64_t size = rows * columns;
    copy_.emplace(static_cast<std::size_t>(size + lanes) * sizeof(T));
    T* const copy = static_cast<T*>(copy_->data());
    std::fill_n(copy + size, lanes, T{0});
    call.parallel_for(
        rows, 0.2 * static_cast<double>(columns), [=](std::int64_t begin, std::int64_t end) {
          std::copy(data + begin * columns, data + end * columns, copy + begin * columns);
        });
    data_ = copy;
  }

  const T* data() const { return data_; }

 private:
  const T* data_;
  std::optional<Buffer> copy_;
};

}  // namespace linseed::kernels
