// grad: derivatives of functions of trees.
#pragma once

#include <tuple>
#include <utility>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed {

/// Says that the function under `grad` returns (value, auxiliary): only the value is
/// differentiated.
struct HasAux {};
inline constexpr HasAux has_aux{};

namespace detail {

/// The cotangents of `leaves` for the cotangent 1 of the scalar `value`: reverse accumulation over
/// the graph between them. Leaves that `value` does not depend on get zeros. InvalidArgument if
/// `value` is not a floating scalar, NotSupported if a primitive on the way has no derivative. Call
/// it while the scope that made the leaves is open.
std::vector<Tensor> reverse(const Tensor& value, std::span<const Tensor> leaves);

/// `value` on fresh leaves that share its buffers; InvalidArgument if a tensor is not floating.
template <class T>
T fresh_leaves(const T& value, std::string_view who = "grad") {
  return tree::map(
      [who](const Tensor& tensor) {
        if (!is_floating(tensor.dtype())) {
          throw InvalidArgument(
              "{}: the first argument has a tensor {}; only floating tensors have derivatives, "
              "so pass it as a later argument",
              who, tensor.spec());
        }
        return identity(tensor);
      },
      value);
}

}  // namespace detail

/// A function that returns (f(x, rest…), ∂f/∂x): the gradient is a tree like the first argument x.
/// f returns a scalar floating tensor. Values can be read inside f, and C++ `if` on them works;
/// read them on this thread: evaluated on another one they become constants. The result can be
/// differentiated again.
template <class F>
auto value_and_grad(F f) {
  return [f = std::move(f)]<class First, class... Rest>(const First& first, const Rest&... rest) {
    const GradientScope scope;
    const First leaves = detail::fresh_leaves(first);
    Tensor value = f(leaves, rest...);
    First gradient = tree::with_leaves(first, detail::reverse(value, tree::leaves(leaves)));
    return std::pair(std::move(value), std::move(gradient));
  };
}

/// The same for f that returns a pair (value, auxiliary): a function that returns
/// (value, auxiliary, ∂value/∂x).
template <class F>
auto value_and_grad(F f, HasAux) {
  return [f = std::move(f)]<class First, class... Rest>(const First& first, const Rest&... rest) {
    const GradientScope scope;
    const First leaves = detail::fresh_leaves(first);
    auto [value, auxiliary] = f(leaves, rest...);
    First gradient = tree::with_leaves(first, detail::reverse(value, tree::leaves(leaves)));
    return std::tuple(std::move(value), std::move(auxiliary), std::move(gradient));
  };
}

/// A function that returns ∂f/∂x alone.
template <class F>
auto grad(F f) {
  return [f = value_and_grad(std::move(f))](const auto&... arguments) {
    return f(arguments...).second;
  };
}

/// A function that returns (∂value/∂x, auxiliary).
template <class F>
auto grad(F f, HasAux) {
  return [f = value_and_grad(std::move(f), has_aux)](const auto&... arguments) {
    auto [value, auxiliary, gradient] = f(arguments...);
    return std::pair(std::move(gradient), std::move(auxiliary));
  };
}

}  // namespace linseed
