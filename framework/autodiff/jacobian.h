// jacobian and hessian: whole matrices of derivatives, for small sizes.
#pragma once

#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/autodiff/vjp.h>

namespace linseed {

namespace detail {

/// The unit vectors of tensors like `output`: [size, shape…].
Tensor unit_cotangents(const Tensor& output);
/// x with dimension `axis` replaced by the dimensions `shape`, into which its elements go.
Tensor unflatten(const Tensor& x, const Shape& shape, int axis);

}  // namespace detail

/// A function that returns ∂f/∂x of a function f(x, rest…) with one floating tensor as its result:
/// a tree like x, each tensor with the result's dimensions in front: J[i…, j…] = ∂fᵢ/∂xⱼ. One
/// pullback for each element of the result, in a loop.
template <class F>
auto jacobian(F f) {
  return [f = std::move(f)]<class First, class... Rest>(const First& first, const Rest&... rest) {
    auto [value, pullback] = vjp(f, first, rest...);
    static_assert(std::same_as<std::remove_cvref_t<decltype(value)>, Tensor>,
                  "jacobian: the function must return one Tensor");
    const Tensor units = detail::unit_cotangents(value);
    const Shape shape = value.shape();
    return tree::map([&](const Tensor& rows) { return detail::unflatten(rows, shape, 0); },
                     map(pullback, units));
  };
}

/// A function that returns the second derivatives of a scalar function f of one tensor:
/// H[i…, j…] = ∂²f/∂xᵢ∂xⱼ.
template <class F>
auto hessian(F f) {
  return jacobian(grad(std::move(f)));
}

}  // namespace linseed
