// The check of one step, for the executor.
#pragma once

#include <linseed/framework/graph/program.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed {

/// Which step of which program runs, and inside of which other one.
struct StepPlace {
  const Program& program;
  int number;
  const StepPlace* outer = nullptr;

  const Program::Step& step() const { return program.steps[static_cast<std::size_t>(number)]; }
};

/// Runs the kernel of `place`; NotFinite if a floating output is not finite then.
void run_checked(const StepPlace& place, const KernelCall& call);
void run_checked(const StepPlace& place, const JointCall& call);

}  // namespace linseed
