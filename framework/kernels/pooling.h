// Pooling over one to three spatial dimensions, channels last, and the adjoints.
#pragma once

#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/window.h>

namespace linseed::kernels {

struct PoolingAttributes {
  Window window;  // not dilated
  Spatial window_size{};
  Spatial input_size{};  // what the adjoints' outputs have

  static constexpr auto tree = fields<&PoolingAttributes::window, &PoolingAttributes::window_size,
                                      &PoolingAttributes::input_size>;
  bool operator==(const PoolingAttributes&) const = default;
};

/// max_pool(x [n,spatial…,c]) -> (y [n,spatial…,c], position like y, uint8 or int32).
/// `position` is the row-major place of the first maximum inside the window; padding never wins;
/// NaN counts as the maximum. The window has at most 256 places where position is uint8.
void max_pool(const KernelCall& call);

/// max_unpool(dy, position) -> dx [n,spatial…,c]: each dy is added where its maximum stood.
void max_unpool(const KernelCall& call);

/// max_pool_select(x, position) -> y: reads x where the maxima stood; the adjoint of max_unpool.
void max_pool_select(const KernelCall& call);

/// sum_pool(x) -> y: the sum over each window, padding counting as 0.
void sum_pool(const KernelCall& call);

/// sum_unpool(dy) -> dx [n,spatial…,c]: each dy is added to its whole window; the adjoint of
/// sum_pool.
void sum_unpool(const KernelCall& call);

}  // namespace linseed::kernels
