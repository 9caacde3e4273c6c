// Kernels that run programs: loops and choices. Replicas that meet in such a program go through it
// in step: each run of a body is one run for all of them.
#pragma once

#include <memory>

#include <linseed/framework/kernels/kernel.h>

namespace linseed {

struct Program;

namespace kernels {

/// Runs its program once.
struct CallAttributes {
  std::shared_ptr<const Program> body;

  bool operator==(const CallAttributes&) const = default;
};
void call_program(const JointCall& call);

/// `length` runs of body(carry…, x…, captured…) -> (carry…, y…).
/// Inputs: carry…, then sequences [length, …]…, of which each run is given one entry, then what was
/// captured. Outputs: the last carry…, then the y of all runs [length, …]…. Entries are visited
/// from the last to the first if `reverse`; y keep the places of their x.
struct ScanAttributes {
  std::shared_ptr<const Program> body;
  int carries = 0;
  int sequences = 0;
  std::int64_t length = 0;
  bool reverse = false;
  /// The last `carries` outputs are the carries that entered each run.
  bool keeps_carries = false;

  bool operator==(const ScanAttributes&) const = default;
};
void scan(const JointCall& call);

/// Inputs: a bool scalar, `operands` operands, what the first branch captured, what the second did.
/// Runs if_true(operands…, captured…) or if_false(operands…, captured…). InvalidArgument if
/// replicas that meet in a branch choose differently; likewise for the condition of a loop.
struct CondAttributes {
  std::shared_ptr<const Program> if_true;
  std::shared_ptr<const Program> if_false;
  int operands = 0;
  int captured_if_true = 0;

  bool operator==(const CondAttributes&) const = default;
};
void cond(const JointCall& call);

/// carry = body(carry…, captured…) while condition(carry…, captured…) holds.
/// Inputs: carry…, what the condition captured, what the body captured.
struct WhileAttributes {
  std::shared_ptr<const Program> condition;
  std::shared_ptr<const Program> body;
  int carries = 0;
  int captured_by_condition = 0;

  bool operator==(const WhileAttributes&) const = default;
};
void while_loop(const JointCall& call);

}  // namespace kernels
}  // namespace linseed
