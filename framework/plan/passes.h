// Passes: each turns a program into one that gives the same results, bit for bit, in less time.
#pragma once

#include <linseed/framework/graph/program.h>

namespace linseed {

/// What would be computed twice is computed once: the same primitive with equal attributes on the
/// same inputs. A step that only gives its input another name (identity) is dropped.
Program deduplicate(Program program);

/// Element-wise steps that read each other's results become one step, "fused", as far as no step
/// between them needs to run in between. They read their inputs and write their outputs once.
/// A result that several of these read, and that costs less to compute again than to keep, is
/// computed again in each; so is broadcasting.
Program fuse_elementwise(Program program);

/// All passes, in order: what jit does to a program before it is planned.
Program optimize(Program program);

/// Drops steps whose results nobody reads, and values that no step has: passes end with it.
Program without_unused(Program program);

}  // namespace linseed
