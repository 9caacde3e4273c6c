// From functions of trees to functions on leaves, which is what rows are made of, and back.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/graph/fixed_parts.h>

namespace linseed::detail {

using LeafFunction = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

/// InvalidArgument, in the name of `who`, unless the parts that are no tensors are equal: a program
/// cannot choose between them, nor change them.
void check_fixed_parts(std::string_view who, const FixedParts& wanted, const FixedParts& given);

/// The structure of a tree without its tensors: names, and what is no tensor.
template <class T>
class Mould {
 public:
  explicit Mould(std::string_view who) : who_(who) {}
  Mould(std::string_view who, const T& value) : who_(who) { take(value); }

  /// The tensors of `value`, whose structure becomes the mould's.
  std::vector<Tensor> take(const T& value) {
    empty_.emplace(tree::map([](const Tensor&) { return Tensor(); }, value));
    return tree::leaves(value);
  }

  /// The tensors of `value` in the mould's order, matched by name. InvalidArgument for other names.
  template <class U>
  std::vector<Tensor> match(const U& value) const {
    return tree::match_by_name(tree::named_leaves(*empty_), tree::named_leaves(value), who_);
  }

  /// The same for one of several trees of which a program returns one, or each in turn: what is no
  /// tensor must be the mould's, too.
  template <class U>
  std::vector<Tensor> fit(const U& value) const {
    std::vector<Tensor> leaves = match(value);
    check_fixed_parts(who_, fixed_parts(*empty_), fixed_parts(value));
    return leaves;
  }

  /// The paths of its tensors, for error messages.
  std::vector<std::string> paths() const {
    std::vector<std::string> paths;
    for (const tree::NamedLeaf& leaf : tree::named_leaves(*empty_)) paths.push_back(leaf.path());
    return paths;
  }

  /// The tree of this structure with these tensors.
  T fill(const std::vector<Tensor>& leaves) const { return tree::with_leaves(*empty_, leaves); }

 private:
  std::string_view who_;
  std::optional<T> empty_;
};

/// f, whose arguments are a tuple of trees like `arguments`, on their leaves; `result` becomes the
/// mould of what it returns. It refers to all three.
template <class F, class Arguments, class Result>
LeafFunction on_leaves(const F& f, const Arguments& arguments, Mould<Result>& result) {
  return [&](const std::vector<Tensor>& leaves) {
    return result.take(std::apply(f, tree::with_leaves(arguments, leaves)));
  };
}

}  // namespace linseed::detail
