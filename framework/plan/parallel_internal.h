// The only place where linseed meets its thread pool.
#pragma once

#include <functional>

#include <linseed/framework/kernels/kernel.h>

namespace linseed {

/// Runs `work` inside linseed's arena of threads. It may run on another thread than the caller's,
/// so it must not read thread-local variables.
void run_in_arena(const std::function<void()>& work);

/// A kernel's loop (see ParallelFor): on the arena's threads if it is long enough to pay for them.
/// Call it inside `run_in_arena`.
void parallel_for(std::int64_t items, double cost, const RangeBody& body);
/// The same inside of another loop's body: other threads take part when they have nothing else.
void parallel_for_inside(std::int64_t items, double cost, const RangeBody& body);

}  // namespace linseed
