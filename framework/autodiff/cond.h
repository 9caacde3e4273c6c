// cond and while_loop: what a value decides while a program runs.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/core/tree.h>

namespace linseed {
namespace detail {

using LeafFunction = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

/// The choice on leaves; the branches' results must have the same types.
std::vector<Tensor> cond(const Tensor& predicate, const LeafFunction& if_true,
                         const LeafFunction& if_false, const std::vector<Tensor>& operands);

/// The loop on leaves; `names` are those of the carry's, for error messages.
std::vector<Tensor> while_loop(const LeafFunction& condition, const LeafFunction& body,
                               const std::vector<Tensor>& init,
                               const std::vector<std::string>& names);

/// InvalidArgument unless both branches of a choice return the same names.
void check_branches(const std::vector<std::string>& if_true,
                    const std::vector<std::string>& if_false);

}  // namespace detail

/// if_true(operands…) where the bool scalar `predicate` holds, if_false(operands…) otherwise; only
/// one of them runs. Both are traced once and return trees of the same type, names, shapes and
/// dtypes; what they capture are inputs of the choice like any other. Its derivative is a choice
/// between the branches' derivatives. (Inside of `grad` alone values can be read, and C++ `if`
/// does.) InvalidArgument if the branches' results differ.
template <class True, class False, class... Operands>
auto cond(const Tensor& predicate, const True& if_true, const False& if_false,
          const Operands&... operands) {
  using Arguments = std::tuple<Operands...>;
  using Result = std::remove_cvref_t<decltype(if_true(operands...))>;
  static_assert(std::same_as<Result, std::remove_cvref_t<decltype(if_false(operands...))>>,
                "cond: both branches must return the same type");
  const Arguments arguments(operands...);
  std::optional<Result> mould;
  std::vector<std::string> names;
  const auto leaves = detail::cond(
      predicate,
      [&](const std::vector<Tensor>& inputs) {
        mould = std::apply(if_true, tree::with_leaves(arguments, inputs));
        names = detail::leaf_paths(*mould);
        return tree::leaves(*mould);
      },
      [&](const std::vector<Tensor>& inputs) {
        const Result result = std::apply(if_false, tree::with_leaves(arguments, inputs));
        detail::check_branches(names, detail::leaf_paths(result));
        return tree::leaves(
            tree::map([](const Tensor&, const Tensor& now) { return now; }, *mould, result));
      },
      tree::leaves(arguments));
  return tree::with_leaves(std::move(*mould), leaves);
}

/// carry = body(carry) while condition(carry) holds, starting from the tree `init`; the last carry.
/// `condition` returns a bool scalar, `body` a tree with the names, shapes and dtypes of `init`.
/// How often it runs is known only then, so there is no derivative: use scan where one is needed.
template <class Condition, class Body, class Carry>
Carry while_loop(const Condition& condition, const Body& body, const Carry& init) {
  return tree::with_leaves(
      init,
      detail::while_loop(
          [&](const std::vector<Tensor>& carry) {
            return std::vector<Tensor>{condition(tree::with_leaves(init, carry))};
          },
          [&](const std::vector<Tensor>& carry) {
            return tree::leaves(tree::map([](const Tensor&, const Tensor& now) { return now; },
                                          init, body(tree::with_leaves(init, carry))));
          },
          tree::leaves(init), detail::leaf_paths(init)));
}

}  // namespace linseed
