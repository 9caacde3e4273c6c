// How much memory a program needs, step by step.
#pragma once

#include <vector>

#include <linseed/framework/plan/plan.h>

namespace linseed {

/// The bytes in use while each step of `plan` runs: the inputs that it reads at all, what it
/// returns once it is made, and of the arena what is alive then.
std::vector<double> bytes_in_use(const Plan& plan);

/// For each step of `plan` the bytes of what it makes and a later step that derivatives built
/// reads; 0 for those steps themselves.
std::vector<double> bytes_kept(const Plan& plan);

}  // namespace linseed
