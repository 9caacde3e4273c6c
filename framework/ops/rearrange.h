// Joining, cutting, repeating and turning: rearrangements by NumPy's names, made of the operations
// of movement.h and of `take`. Derivatives follow from theirs.
#pragma once

#include <concepts>
#include <cstdint>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed {

/// Tensors of one shape along a new axis `axis` of the result; dtypes are promoted.
Tensor stack(const std::vector<Tensor>& parts, int axis = 0);

/// The parts of x along `axis` that begin at 0 and at each of `indices`, and end where the next one
/// begins: [0, i₀), [i₀, i₁), … Negative indices count from the end, all are clamped; a part whose
/// end is before its beginning is empty.
std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& indices, int axis = 0);
/// `count` equal parts of x along `axis`; InvalidArgument if it is less than 1 or does not divide
/// the size.
std::vector<Tensor> split_evenly(const Tensor& x, std::int64_t count, int axis = 0);
/// The same by NumPy's name. A template, so that `split(x, {3})` is a list of one index.
std::vector<Tensor> split(const Tensor& x, std::integral auto count, int axis = 0) {
  return split_evenly(x, static_cast<std::int64_t>(count), axis);
}

/// x laid side by side counts[i] times along dimension i. Of shape and counts, the one with fewer
/// dimensions is taken to begin with ones.
Tensor tile(const Tensor& x, const std::vector<std::int64_t>& counts);
/// Each slice along `axis` `count` times in a row.
Tensor repeat(const Tensor& x, std::int64_t count, int axis);

/// The elements in reverse order along `axes` (all by default).
Tensor flip(const Tensor& x, const Axes& axes = {});
/// The elements moved by `shift` towards higher indices along `axis`; what leaves at the end comes
/// back at the beginning.
Tensor roll(const Tensor& x, std::int64_t shift, int axis);

/// Without the dimensions `axes`, whose sizes must be 1; by default, without all of size 1.
Tensor squeeze(const Tensor& x, const Axes& axes = {});
Tensor swap_axes(const Tensor& x, int a, int b);
/// Dimension `from` of x is dimension `to` of the result; the others keep their order.
Tensor move_axis(const Tensor& x, int from, int to);

}  // namespace linseed
