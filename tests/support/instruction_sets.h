// Tests that run on each instruction set that kernels are compiled for.
#pragma once

#include <catch2/catch.hpp>

#include <linseed/framework/kernels/instruction_set.h>

namespace linseed::test {

/// Calls visit() once with each that this machine has: AVX-512 and NEON are tested where there are
/// such.
template <class Visit>
void for_each_instruction_set(Visit visit) {
  struct Restore {
    kernels::InstructionSet before = kernels::instruction_set();
    ~Restore() { kernels::use_instruction_set(before); }
  } const restore;
  for (const kernels::InstructionSet set : kernels::instruction_sets()) {
    kernels::use_instruction_set(set);
    INFO("instruction set " << kernels::name(set));
    visit();
  }
}

}  // namespace linseed::test
