// Labels of sets, and what they mean.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace linseed::data {

/// 0 to `classes` − 1, as the names of classes that have no others.
inline std::vector<std::string> numbered_classes(std::size_t classes) {
  std::vector<std::string> names;
  for (std::size_t label = 0; label < classes; ++label) names.push_back(std::to_string(label));
  return names;
}

/// What `labels` mean: `classes`, or numbers up to the greatest label if that is empty. Throws a
/// Failure, beginning with `who`, for a label that is none of them; one of 65,536 or more is damage
/// where classes have no names.
template <class Failure, class Label>
std::vector<std::string> classes_of(const std::vector<Label>& labels,
                                    std::vector<std::string> classes, const std::string& who) {
  constexpr std::size_t kMostNumbered = 1 << 16;
  const std::size_t most = classes.empty() ? kMostNumbered : classes.size();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (std::cmp_greater_equal(labels[i], 0) && std::cmp_less(labels[i], most)) continue;
    throw Failure("{}: expected labels from 0 to {}, found {} at index {}", who, most - 1,
                  labels[i], i);
  }
  if (!classes.empty() || labels.empty()) return classes;
  return numbered_classes(static_cast<std::size_t>(std::ranges::max(labels)) + 1);
}

}  // namespace linseed::data
