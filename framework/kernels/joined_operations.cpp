#include <linseed/framework/kernels/joined_operations.h>

#include <utility>

namespace linseed::kernels {

JoinedOperations::JoinedOperations(const Fusion& fusion)
    : fusion_(fusion),
      inputs_(fusion.inputs.size()),
      operations_(fusion.operations),
      uses_(inputs_ + operations_.size(), 0),
      is_part_(uses_.size(), false) {
  const auto count = [&](const std::vector<int>& values) {
    for (const int value : values) ++uses_[static_cast<std::size_t>(value)];
  };
  for (const FusedOperation& operation : operations_) count(operation.operands);
  count(fusion.outputs);
  count(fusion.sums);
}

DType JoinedOperations::dtype(int value) const {
  const auto number = static_cast<std::size_t>(value);
  return number < inputs_ ? fusion_.inputs[number].dtype : operations_[number - inputs_].result;
}

const FusedOperation* JoinedOperations::part(int value) const {
  const auto number = static_cast<std::size_t>(value);
  const bool is_there = number >= inputs_ && uses_[number] == 1 && !is_part_[number];
  return is_there ? &operations_[number - inputs_] : nullptr;
}

void JoinedOperations::join(std::size_t number, FindLoop loop, std::vector<int> operands,
                            const std::vector<int>& parts) {
  for (const int part : parts) is_part_[static_cast<std::size_t>(part)] = true;
  FusedOperation& operation = operations_[number];
  operation = {operation.name, loop, std::move(operands), operation.result};
}

Fusion JoinedOperations::result() const {
  Fusion result{fusion_.inputs, fusion_.shape, {}, fusion_.outputs, fusion_.sums, fusion_.axes};
  std::vector<int> numbers;
  for (std::size_t value = 0; value < uses_.size(); ++value) {
    const std::size_t made = inputs_ + result.operations.size();
    numbers.push_back(static_cast<int>(value < inputs_ ? value : made));
    if (value >= inputs_ && !is_part_[value])
      result.operations.push_back(operations_[value - inputs_]);
  }
  const auto renumber = [&](std::vector<int>& values) {
    for (int& value : values) value = numbers[static_cast<std::size_t>(value)];
  };
  for (FusedOperation& operation : result.operations) renumber(operation.operands);
  renumber(result.outputs);
  renumber(result.sums);
  return result;
}

}  // namespace linseed::kernels
