// What of a tree is no tensor.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/graph/attributes.h>

namespace linseed {

/// The numbers, texts and rules of a tree: what a traced function sees and a program cannot change.
struct FixedParts {
  std::vector<Attributes> values;  // numbers by bits, texts and rules by ==
  std::vector<std::string> paths;

  template <class T>
  void add(const T& value, std::string path) {
    static_assert(std::equality_comparable<T>,
                  "what is no tensor here must be comparable by ==: a number, a text, a rule");
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      // A copy: what a view shows may be gone, or another text, at the next call.
      values.emplace_back(std::string(std::string_view(value)));
    } else if constexpr (std::is_floating_point_v<T>) {
      // By bits: a division tells −0 from 0, and NaN does not equal itself.
      values.emplace_back(std::bit_cast<std::array<std::byte, sizeof(T)>>(value));
    } else {
      static_assert(!std::is_pointer_v<T>,
                    "what a pointer points to may change between calls; pass the value");
      values.emplace_back(value);
    }
    paths.push_back(std::move(path));
  }
};

/// The path of the first part in which `a` and `b` differ; null if there is none.
const std::string* first_difference(const FixedParts& a, const FixedParts& b);

struct FixedPartsVisitor : tree::NameVisitor {
  FixedParts parts;

  void leaf(const Tensor&) {}
  template <class T>
  void fixed(const T& value) {
    parts.add(value, tree::NamedLeaf{names, {}}.path());
  }
};

template <class T>
FixedParts fixed_parts(const T& tree) {
  FixedPartsVisitor visitor;
  tree::visit(tree, visitor);
  return std::move(visitor.parts);
}

}  // namespace linseed
