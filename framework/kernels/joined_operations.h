// Operations of a fusion that are done in one loop.
#pragma once

#include <vector>

#include <linseed/framework/kernels/fused.h>

namespace linseed::kernels {

/// A fusion of which some operations become parts of others.
class JoinedOperations {
 public:
  explicit JoinedOperations(const Fusion& fusion);

  const std::vector<FusedOperation>& operations() const { return operations_; }
  DType dtype(int value) const;
  /// How many operations, outputs and sums read a value.
  int uses(int value) const { return uses_[static_cast<std::size_t>(value)]; }
  /// The operation that makes a value which one other alone reads, and which is not yet part of
  /// one; null if there is none.
  const FusedOperation* part(int value) const;

  bool is_part(int value) const { return is_part_[static_cast<std::size_t>(value)]; }

  /// Operation `number` is done by `loop`, of these operands, with the operations of `parts`.
  void join(std::size_t number, FindLoop loop, std::vector<int> operands,
            const std::vector<int>& parts);

  /// Without the parts; values have new numbers.
  Fusion result() const;

 private:
  const Fusion& fusion_;
  std::size_t inputs_;
  std::vector<FusedOperation> operations_;
  std::vector<int> uses_;      // of each value
  std::vector<bool> is_part_;  // of each value: is it made inside of another operation's loop
};

}  // namespace linseed::kernels
