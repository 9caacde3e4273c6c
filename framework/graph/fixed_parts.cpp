#include <linseed/framework/graph/fixed_parts.h>

namespace linseed {

const std::string* first_difference(const FixedParts& a, const FixedParts& b) {
  const FixedParts& longer = a.paths.size() < b.paths.size() ? b : a;
  for (std::size_t i = 0; i < longer.paths.size(); ++i) {
    const bool in_both = i < a.paths.size() && i < b.paths.size();
    if (!in_both || a.paths[i] != b.paths[i] || !(a.values[i] == b.values[i])) {
      return &longer.paths[i];
    }
  }
  return nullptr;
}

}  // namespace linseed
