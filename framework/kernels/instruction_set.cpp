// Highway's own library would tell the same, but measures the clock as it is loaded: 5 ms of every
// program's start.
#include <linseed/framework/kernels/instruction_set.h>

#include <algorithm>
#include <atomic>

#include <linseed/framework/core/error.h>

namespace linseed::kernels {
namespace {

std::atomic<InstructionSet>& in_use() {
  static std::atomic<InstructionSet> set{instruction_sets().back()};
  return set;
}

}  // namespace

std::string_view name(InstructionSet set) {
  switch (set) {
    case InstructionSet::any: return "any";
    case InstructionSet::sse4: return "SSE4";
    case InstructionSet::avx2: return "AVX2";
    case InstructionSet::avx512: return "AVX-512";
  }
  return "unknown";
}

// What each needs is what Highway compiles it with: hwy/ops/set_macros-inl.h.
std::vector<InstructionSet> instruction_sets() {
  std::vector<InstructionSet> sets{InstructionSet::any};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("sse4.2")) return sets;
  sets.push_back(InstructionSet::sse4);
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
      !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2")) {
    return sets;
  }
  sets.push_back(InstructionSet::avx2);
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512bw")) {
    return sets;
  }
  sets.push_back(InstructionSet::avx512);
#endif
  return sets;
}

InstructionSet instruction_set() { return in_use().load(std::memory_order_relaxed); }

void use_instruction_set(InstructionSet set) {
  const std::vector<InstructionSet> sets = instruction_sets();
  if (std::ranges::find(sets, set) == sets.end()) {
    throw InvalidArgument("use_instruction_set: this machine has no {}; its best is {}", name(set),
                          name(sets.back()));
  }
  in_use().store(set, std::memory_order_relaxed);
}

}  // namespace linseed::kernels
