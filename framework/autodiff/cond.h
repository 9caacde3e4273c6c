// cond and while_loop: what a value decides while a program runs.
#pragma once

#include <linseed/framework/autodiff/mould.h>

namespace linseed {
namespace detail {

/// The choice on leaves; the branches' results must have the same types.
std::vector<Tensor> cond(const Tensor& predicate, const LeafFunction& if_true,
                         const LeafFunction& if_false, const std::vector<Tensor>& operands);

/// The loop on leaves; `names` are those of the carry's, for error messages.
std::vector<Tensor> while_loop(const LeafFunction& condition, const LeafFunction& body,
                               const std::vector<Tensor>& init,
                               const std::vector<std::string>& names);

}  // namespace detail

/// if_true(operands…) where the bool scalar `predicate` holds, if_false(operands…) otherwise; only
/// one of them runs. Both are traced once and return trees of the same type, names, shapes and
/// dtypes, alike in all that is no tensor; what they capture are inputs of the choice like any
/// other. Its derivative is a choice between the branches' derivatives. (Inside of `grad` alone
/// values can be read, and C++ `if` does.) InvalidArgument if the branches' results differ.
template <class True, class False, class... Operands>
auto cond(const Tensor& predicate, const True& if_true, const False& if_false,
          const Operands&... operands) {
  using Arguments = std::tuple<Operands...>;
  using Result = std::remove_cvref_t<decltype(if_true(operands...))>;
  static_assert(std::same_as<Result, std::remove_cvref_t<decltype(if_false(operands...))>>,
                "cond: both branches must return the same type");
  const Arguments arguments(operands...);
  detail::Mould<Result> result("cond");
  return result.fill(detail::cond(
      predicate, detail::on_leaves(if_true, arguments, result),
      [&](const std::vector<Tensor>& inputs) {
        return result.fit(std::apply(if_false, tree::with_leaves(arguments, inputs)));
      },
      tree::leaves(arguments)));
}

/// carry = body(carry) while condition(carry) holds, starting from the tree `init`; the last carry.
/// `condition` returns a bool scalar, `body` a tree with the names, shapes and dtypes of `init`,
/// alike in all that is no tensor. How often it runs is known only then, so there is no derivative:
/// use scan where one is needed.
template <class Condition, class Body, class Carry>
Carry while_loop(const Condition& condition, const Body& body, const Carry& init) {
  const detail::Mould<Carry> mould("while_loop", init);
  return mould.fill(detail::while_loop(
      [&](const std::vector<Tensor>& carry) {
        return std::vector<Tensor>{condition(tree::with_leaves(init, carry))};
      },
      [&](const std::vector<Tensor>& carry) {
        return mould.fit(body(tree::with_leaves(init, carry)));
      },
      tree::leaves(init), mould.paths()));
}

}  // namespace linseed
