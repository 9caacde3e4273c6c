// Type rules that several rows share, and how rows are listed.
#pragma once

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/graph/primitive.h>

namespace linseed {

using Specs = std::span<const TensorSpec>;
using Tensors = std::vector<Tensor>;

/// One output like input 0.
inline std::vector<TensorSpec> same_as_input(Specs inputs, const Attributes&) {
  return {inputs[0]};
}

/// `shape` without the dimensions `axes` (ascending), and with size 1 in their place.
Shape without_axes(const Shape& shape, const std::vector<int>& axes);
Shape with_ones(Shape shape, const std::vector<int>& axes);

/// x, or its elements as int32 if they are bool.
Tensor as_number(const Tensor& x);
/// x, or its elements as float32 if they are integer or bool.
Tensor as_floating(const Tensor& x);

/// x in reversed order, of which the maximum is the minimum, and of which this is x again: −x, or
/// −1 − x for integers, where −x of the lowest one would stay the lowest.
Tensor in_reverse(const Tensor& x);

/// The rows of one file.
using Rows = std::vector<const Primitive*>;
Rows elementwise_rows();
Rows special_rows();
Rows rounding_rows();
Rows comparison_rows();
Rows create_rows();
Rows reduce_rows();
Rows moments_rows();
Rows movement_rows();
Rows matmul_rows();
Rows indexing_rows();
Rows cumulative_rows();
Rows sorting_rows();
Rows random_rows();
Rows convolution_rows();
Rows pooling_rows();
Rows collective_rows();
// Those with programs stand above the others, in framework/autodiff.
Rows scan_rows();
Rows cond_rows();
Rows checkpoint_rows();
Rows custom_vjp_rows();
Rows replica_rows();

}  // namespace linseed
