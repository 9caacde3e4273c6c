// Matrices whose rows are read in whole vectors.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/sum_of_products.h>

namespace linseed::kernels {

/// Memory of so many elements, and of a vector of zeros behind them, which may be read with them.
template <class T>
class WithVectorBehind {
 public:
  explicit WithVectorBehind(std::int64_t size)
      : buffer_(std::make_unique<Buffer>(static_cast<std::size_t>(size + vector_lanes<T>()) *
                                         sizeof(T))) {
    std::fill_n(data() + size, vector_lanes<T>(), T{0});
  }

  T* data() { return static_cast<T*>(buffer_->data()); }

 private:
  std::unique_ptr<Buffer> buffer_;
};

/// A matrix [rows, columns] of which SumOfProducts may read `run` columns of each row: itself, or a
/// copy with room behind it if a vector would reach over its end.
template <class T>
class WholeVectors {
 public:
  WholeVectors(const KernelCall& call, const T* data, std::int64_t rows, std::int64_t columns,
               std::int64_t run)
      : data_(data) {
    if (run >= vector_lanes<T>()) return;
    T* const copy = copy_.emplace(rows * columns).data();
    call.parallel_for(
        rows, 0.2 * static_cast<double>(columns), [=](std::int64_t begin, std::int64_t end) {
          std::copy(data + begin * columns, data + end * columns, copy + begin * columns);
        });
    data_ = copy;
  }

  const T* data() const { return data_; }

 private:
  const T* data_;
  std::optional<WithVectorBehind<T>> copy_;
};

}  // namespace linseed::kernels
