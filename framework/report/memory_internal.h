// How much memory a program needs, step by step.
#pragma once

#include <vector>

#include <linseed/framework/plan/plan.h>

namespace linseed {

struct StepMemory {
  /// Bytes in use while the step runs: the inputs that the program reads at all, what it returns
  /// once it is made, and what else is alive then.
  double alive = 0;
  /// Bytes that the executor has taken by then: the arena as far as it has been reached, its gaps
  /// included, instead of what is alive in it. At the last step all that a run takes.
  double taken = 0;
};

/// For each step of `plan`.
std::vector<StepMemory> memory_of_steps(const Plan& plan);

/// For each step of `plan` the bytes of what it makes and a later step that derivatives built
/// reads; 0 for those steps themselves.
std::vector<double> bytes_kept(const Plan& plan);

}  // namespace linseed
