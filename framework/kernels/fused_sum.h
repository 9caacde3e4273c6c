// A sum over leading axes, taken while its summands pass by.
#pragma once

#include <cstddef>
#include <memory>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/reduction.h>

namespace linseed::kernels {

/// Output = Σ over the rows of a tensor whose elements come in order, a block of rows at a time.
/// Blocks may come in any order, side by side. The bits are those of reduce_sum.
class FusedSum {
 public:
  FusedSum(const Reduction& reduction, const Array& output);

  /// What a block keeps while its elements pass by.
  struct Chains {
    alignas(64) std::byte bytes[kTileElements * sizeof(double)];
  };

  void begin_block(Chains& chains) const;
  /// The next `count` elements: whole rows, of joined ones where several make one.
  void add(const void* elements, std::int64_t count, Chains& chains) const;
  void end_block(std::int64_t block, Chains& chains) const;

  /// When all blocks have ended.
  void finish(const KernelCall& call) const;

 private:
  const Reduction& reduction_;
  const Array output_;
  std::unique_ptr<Buffer> blocks_;  // null where there is one
};

}  // namespace linseed::kernels
