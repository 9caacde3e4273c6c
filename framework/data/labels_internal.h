// Labels of sets that do not say what they mean.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace linseed::data {

/// Classes 0 … the greatest label, called by their numbers.
inline std::vector<std::string> numbered_classes(const std::vector<std::int32_t>& labels) {
  std::vector<std::string> classes;
  const std::int32_t greatest = labels.empty() ? -1 : std::ranges::max(labels);
  for (std::int32_t label = 0; label <= greatest; ++label) {
    classes.push_back(std::to_string(label));
  }
  return classes;
}

}  // namespace linseed::data
