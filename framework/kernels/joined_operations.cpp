#include <linseed/framework/kernels/joined_operations.h>

#include <utility>

namespace linseed::kernels {

std::vector<int> uses_of_values(const Fusion& fusion) {
  std::vector<int> uses(fusion.inputs.size() + fusion.operations.size(), 0);
  for_each_reader(fusion, [&](const std::vector<int>& values) {
    for (const int value : values) ++uses[static_cast<std::size_t>(value)];
  });
  return uses;
}

JoinedOperations::JoinedOperations(Fusion fusion)
    : fusion_(std::move(fusion)), uses_(uses_of_values(fusion_)), is_part_(uses_.size(), false) {}

DType JoinedOperations::dtype(int value) const {
  const auto number = static_cast<std::size_t>(value);
  const std::size_t inputs = fusion_.inputs.size();
  return number < inputs ? fusion_.inputs[number].dtype
                         : fusion_.operations[number - inputs].result;
}

const FusedOperation* JoinedOperations::possible_part(int value) const {
  const auto number = static_cast<std::size_t>(value);
  const std::size_t inputs = fusion_.inputs.size();
  if (number < inputs || uses_[number] != 1 || is_part_[number]) return nullptr;
  return &fusion_.operations[number - inputs];
}

void JoinedOperations::join(std::size_t operation, FindLoop loop, std::vector<int> operands,
                            const std::vector<int>& parts) {
  for (const int part : parts) is_part_[static_cast<std::size_t>(part)] = true;
  fusion_.operations[operation].loop = loop;
  fusion_.operations[operation].operands = std::move(operands);
}

Fusion JoinedOperations::result() const {
  Fusion result = fusion_;
  result.operations.clear();
  std::vector<int> numbers;
  for (int value = 0; value < static_cast<int>(uses_.size()); ++value) {
    const auto inputs = static_cast<int>(fusion_.inputs.size());
    const auto made = static_cast<int>(result.operations.size());
    numbers.push_back(value < inputs ? value : is_part(value) ? -1 : inputs + made);
    if (value < inputs || is_part(value)) continue;
    result.operations.push_back(fusion_.operations[static_cast<std::size_t>(value - inputs)]);
  }
  for_each_reader(result, [&](std::vector<int>& values) {
    for (int& value : values) value = numbers[static_cast<std::size_t>(value)];
  });
  return result;
}

}  // namespace linseed::kernels
