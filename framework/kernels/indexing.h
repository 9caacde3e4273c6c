// Reading rows by index, and its adjoint.
#pragma once

#include <linseed/framework/core/fields.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// `axis` is the indexed dimension of the table, in [0, ndim).
struct TakeAttributes {
  int axis;
  std::int64_t size;  // the table's size along axis: what the adjoint's output has there

  static constexpr auto tree = fields<&TakeAttributes::axis, &TakeAttributes::size>;
  bool operator==(const TakeAttributes&) const = default;
};

/// take(table, indices): the table's dimension `axis` is replaced by the dimensions of `indices`
/// (int32, int64 or uint32). Negative indices count from the end; then out-of-range ones are
/// clamped to the nearest.
void take(const KernelCall& call);

/// take_adjoint(updates, indices): zeros of the table's shape, to which each slice of `updates`
/// (shaped like take's output) is added at its index, in the order of the indices. The index rule
/// is take's.
void take_adjoint(const KernelCall& call);

}  // namespace linseed::kernels
