// The check of one step, for the executor.
#pragma once

#include <span>

#include <linseed/framework/core/replica_axis.h>
#include <linseed/framework/graph/program.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed {

/// Which step of which program runs, inside of which other one, and on which replica.
struct StepPlace {
  const Program& program;
  int number;
  const StepPlace* outer = nullptr;
  std::int64_t replica = 0;                // along `axes`, the last of which varies fastest
  std::span<const ReplicaAxis> axes = {};  // none: it has no replicas of its own, or all run it

  const Program::Step& step() const { return program.steps[static_cast<std::size_t>(number)]; }
};

/// Runs the kernel of `place`; NotFinite if a floating output is not finite then. `axes` are those
/// along which the replicas of a joint call lie; none for one replica.
void run_checked(const StepPlace& place, const KernelCall& call);
void run_checked(const StepPlace& place, const JointCall& call, std::span<const ReplicaAxis> axes);

}  // namespace linseed
