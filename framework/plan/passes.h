// Passes: each turns a program into one that gives the same results in less time: bit for bit, but
// for those that re-associate.
#pragma once

#include <linseed/framework/graph/program.h>

namespace linseed {

/// What would be computed twice is computed once: the same primitive with equal attributes on the
/// same inputs. A step that only gives its input another name (identity) is dropped.
Program deduplicate(Program program);

/// What is the same in every run is computed now: element-wise steps that read constants alone,
/// captured numbers among them, and how many elements a mean without a mask is of.
Program fold_constants(Program program);

/// What one operation can say is said by one: where(x ≤ c, c, x), a ReLU, becomes max(x, c) where c
/// is a constant other than NaN.
Program simplify(Program program);

/// max_pool(max(x, 0)) becomes max(max_pool(x), 0), a ReLU of fewer elements, and its gradient
/// likewise is masked before it is spread over the windows.
Program pool_before_relu(Program program);

/// Re-associates. What does not vary along the axes of a sum is taken out of it: Σ −x = −Σ x, and
/// Σ c · x = c · Σ x of floating type. The gradients of what was broadcast are such sums, as those
/// of a BatchNorm's mean and bias, of which one remains. Rounding differs, and so do the sign of a
/// sum that is 0, and what is infinite or NaN: Σ x may overflow where Σ c · x did not.
Program factor_sums(Program program);

/// Re-associates. Σ max_unpool(g) becomes Σ g, and Σ max_unpool(g) · h a sum over the maxima, too,
/// where h is an image or made of one: the gradients of a BatchNorm in front of pooling. What is
/// infinite or NaN beside the maxima is then left out of the sum.
Program sum_before_unpooling(Program program);

/// Element-wise steps of one shape that read each other's results, and sums over leading axes of
/// what they make or read, become one step, "fused", as far as no other step has to run in between.
/// It reads its inputs and writes its outputs once. What is quick to compute from one input is
/// computed again by each such step that reads it, instead of being kept; what was broadcast is
/// read before.
Program fuse_elementwise(Program program);

/// What is pooled and read by nobody else is computed on the way, if "fused" would compute it, so
/// that it is never in memory: "fused_max_pool" and "fused_sum_pool", which may have further
/// results of the fused step behind those of pooling. max_pool_select of what it reads comes with
/// them.
Program fuse_pooling(Program program);

/// max_unpool is computed on the way by the "fused" step that alone reads what it makes, if that
/// has no sums: "fused_max_unpool".
Program fuse_unpooling(Program program);

/// Where windows cut an image up, the "fused" step that reads what sum_unpool makes reads instead
/// what that spreads over each window, which broadcasts to it: the gradient of average pooling. A
/// gradient of −0 stays that, of which sum_unpool makes 0.
Program broadcast_windows(Program program);

/// A high matrix product is worked on block by block, as it is made, by the "fused" step that alone
/// reads it, if that has no sums: "fused_matmul". So parameters of dense layers are updated while
/// their gradients are in a cache.
Program fuse_products(Program program);

/// All passes, in order, the first again for what others made alike: what jit does to a program
/// before it is planned.
Program optimize(Program program);

/// Drops steps whose results nobody reads.
Program without_unused(Program program);

}  // namespace linseed
