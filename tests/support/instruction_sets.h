// Tests that run on each instruction set which kernels are compiled for and this machine has.
#pragma once

#include <cstdint>

#include <catch2/catch.hpp>

#include <linseed/framework/kernels/targets.h>

namespace linseed::test {

/// Makes kernels use one instruction set while it lives.
class ForcedInstructionSet {
 public:
  explicit ForcedInstructionSet(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  ~ForcedInstructionSet() {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  ForcedInstructionSet(const ForcedInstructionSet&) = delete;
  ForcedInstructionSet& operator=(const ForcedInstructionSet&) = delete;
};

/// Calls visit() once with each. AVX-512 and NEON are tested where a machine has them.
template <class Visit>
void for_each_instruction_set(Visit visit) {
  for (std::int64_t rest = hwy::SupportedTargets() & HWY_TARGETS; rest != 0; rest &= rest - 1) {
    const std::int64_t target = rest & -rest;
    const ForcedInstructionSet forced(target);
    INFO("instruction set " << hwy::TargetName(target));
    visit();
  }
}

}  // namespace linseed::test
