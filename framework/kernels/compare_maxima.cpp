#include <linseed/framework/kernels/compare_maxima.h>

#include <algorithm>
#include <utility>

#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/kernels/joined_operations.h>

namespace linseed::kernels {
namespace {

/// Operation i + 1 comes before i, which reads it now.
void swap_neighbours(Fusion& fusion, std::size_t i) {
  std::swap(fusion.operations[i], fusion.operations[i + 1]);
  const int first = static_cast<int>(fusion.inputs.size() + i);
  for_each_reader(fusion, [&](std::vector<int>& values) {
    for (int& value : values) {
      if (value == first || value == first + 1) value = 2 * first + 1 - value;
    }
  });
}

}  // namespace

Fusion compare_maxima(Fusion fusion) {
  std::vector<FusedOperation>& operations = fusion.operations;
  const int inputs = static_cast<int>(fusion.inputs.size());
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations[i].loop != less_equal) continue;
    const std::vector<int> compared = operations[i].operands;
    const bool is_read_by_two = uses_of_values(fusion)[static_cast<std::size_t>(compared[0])] == 2;
    if (compared[0] < inputs || !is_read_by_two) continue;
    const auto last =
        operations.begin() + static_cast<std::ptrdiff_t>(std::min(i + 2, operations.size()));
    const auto found = std::find_if(operations.begin(), last, [&](const FusedOperation& o) {
      return o.loop == maximum && o.operands == compared;
    });
    if (found == last) continue;
    const auto j = static_cast<std::size_t>(found - operations.begin());
    operations[i].operands[0] = inputs + static_cast<int>(j);
    if (j > i) swap_neighbours(fusion, i);
  }
  return fusion;
}

}  // namespace linseed::kernels
