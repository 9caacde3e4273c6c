#include <linseed/framework/kernels/fused_sum.h>

#include <cstring>

#include <linseed/framework/kernels/floating.h>

namespace linseed::kernels {

FusedSum::FusedSum(const Reduction& reduction, const Array& output)
    : reduction_(reduction), output_(output) {
  if (reduction.blocks == 1) return;
  const auto elements = static_cast<std::size_t>(reduction.blocks * reduction.columns);
  blocks_ = std::make_unique<Buffer>(elements * size_of(output.dtype));
}

void FusedSum::begin_block(Chains& chains) const {
  const std::int64_t count = reduction_.columns * reduction_.chains;
  std::memset(chains.bytes, 0, static_cast<std::size_t>(count) * size_of(output_.dtype));
}

void FusedSum::add(const void* elements, std::int64_t count, Chains& chains) const {
  visit_floating(output_.dtype, [&](auto zero) {
    using T = decltype(zero);
    const std::int64_t width = reduction_.columns * reduction_.chains;
    const std::int64_t rows = count / width, rest = count % width;
    const T* const first = static_cast<const T*>(elements);
    T* const sums = reinterpret_cast<T*>(chains.bytes);
    fold_rows(Fold::sum, Rows<T>{first, rows, width, width}, sums);
    if (rest > 0) fold_rows(Fold::sum, Rows<T>{first + rows * width, 1, 0, rest}, sums);
  });
}

void FusedSum::end_block(std::int64_t block, Chains& chains) const {
  visit_floating(output_.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* const results = blocks_ ? static_cast<T*>(blocks_->data()) : output_.as<T>();
    join_chains(reduction_, item_at(reduction_, block), Fold::sum,
                reinterpret_cast<T*>(chains.bytes), results + block * reduction_.columns);
  });
}

void FusedSum::finish(const KernelCall& call) const {
  if (!blocks_) return;
  visit_floating(output_.dtype, [&](auto zero) {
    using T = decltype(zero);
    join_blocks(call, reduction_, Fold::sum, static_cast<T*>(blocks_->data()), output_.as<T>());
  });
}

}  // namespace linseed::kernels
