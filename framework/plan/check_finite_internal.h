// The check of one step, for the executor.
#pragma once

#include <span>

#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/plan/step_place_internal.h>

namespace linseed {

/// Runs the kernel of `place`; NotFinite if a floating output is not finite then. `axes` are those
/// along which the replicas of a joint call lie; none for one replica.
void run_checked(const StepPlace& place, const KernelCall& call);
void run_checked(const StepPlace& place, const JointCall& call, std::span<const ReplicaAxis> axes);

}  // namespace linseed
