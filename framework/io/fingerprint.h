// Fingerprints: a short text by which two states can be compared.
#pragma once

#include <string>
#include <vector>

#include <linseed/framework/core/tree.h>

namespace linseed {

/// SHA-256, in hexadecimal, of the names, specs and elements of these leaves, in order. Evaluates.
std::string fingerprint_of(const std::vector<tree::NamedLeaf>& leaves);

/// The fingerprint of a tree: equal for equal bits under equal names, and only then.
template <class T>
std::string fingerprint(const T& value) {
  return fingerprint_of(tree::named_leaves(value));
}

}  // namespace linseed
