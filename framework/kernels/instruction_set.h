// The instruction sets that kernels written with Highway are compiled for, and the one in use.
#pragma once

#include <string_view>
#include <vector>

namespace linseed::kernels {

/// `any` is what the compiler may take for granted: on ARM, NEON.
enum class InstructionSet { any, sse4, avx2, avx512 };

std::string_view name(InstructionSet set);

/// Those that this machine has, the best last.
std::vector<InstructionSet> instruction_sets();

/// The one in use: the best, unless another one was asked for.
InstructionSet instruction_set();

/// Uses another one from now on, to test or compare kernels. InvalidArgument if this machine lacks
/// it. Not while kernels run.
void use_instruction_set(InstructionSet set);

/// One function, compiled for each.
template <class Function>
struct Versions {
  Function any;
  Function sse4;
  Function avx2;
  Function avx512;

  Function in_use() const {
    switch (instruction_set()) {
      case InstructionSet::avx512: return avx512;
      case InstructionSet::avx2: return avx2;
      case InstructionSet::sse4: return sse4;
      case InstructionSet::any: break;
    }
    return any;
  }
};

}  // namespace linseed::kernels
