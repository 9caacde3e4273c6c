// Operations of a fusion that are done in one loop.
#pragma once

#include <vector>

#include <linseed/framework/kernels/fused.h>

namespace linseed::kernels {

/// visit(values) for all that operations, outputs and sums read.
template <class AnyFusion, class Visit>
void for_each_reader(AnyFusion& fusion, const Visit& visit) {
  for (auto& operation : fusion.operations) visit(operation.operands);
  visit(fusion.outputs);
  visit(fusion.sums);
}

/// How many operations, outputs and sums read each value.
std::vector<int> uses_of_values(const Fusion& fusion);

/// A fusion of which some operations become parts of others.
class JoinedOperations {
 public:
  explicit JoinedOperations(Fusion fusion);

  const std::vector<FusedOperation>& operations() const { return fusion_.operations; }
  DType dtype(int value) const;
  /// The value that an operation makes.
  int result_of(std::size_t operation) const {
    return static_cast<int>(fusion_.inputs.size() + operation);
  }
  bool is_part(int value) const { return is_part_[static_cast<std::size_t>(value)]; }
  /// The operation that makes a value, if it can become part of the only one that reads it; else
  /// null.
  const FusedOperation* possible_part(int value) const;

  /// One operation is done by `loop`, of these operands, together with those that make `parts`.
  void join(std::size_t operation, FindLoop loop, std::vector<int> operands,
            const std::vector<int>& parts);

  /// Without the parts; values have new numbers.
  Fusion result() const;

 private:
  Fusion fusion_;
  std::vector<int> uses_;      // of each value
  std::vector<bool> is_part_;  // of each value: whether it is made inside of another's loop
};

}  // namespace linseed::kernels
