// Sorting along an axis.
#pragma once

#include <cstdint>

#include <linseed/framework/core/fields.h>
#include <linseed/framework/core/tensor.h>

namespace linseed {

/// int32 places, along `axis`, of the elements in ascending order. Equal elements keep their order;
/// NaN comes last.
Tensor argsort(const Tensor& x, int axis = -1);

/// The elements in ascending order along `axis`, NaN last. The derivative goes back to where each
/// element stood; among equal ones, as a stable sort puts them.
Tensor sort(const Tensor& x, int axis = -1);

/// The k largest elements along the last axis, descending, and their int32 places there.
struct TopK {
  Tensor values;
  Tensor indices;
  static constexpr auto tree = fields<&TopK::values, &TopK::indices>;
};

/// x [..., n] -> values, indices [..., k]. Of equal elements the one of the lower index comes
/// first; NaN counts as larger than every number. All n elements are sorted, however small k is.
/// InvalidArgument unless 0 ≤ k ≤ n.
TopK top_k(const Tensor& x, std::int64_t k);

}  // namespace linseed
