// Plans: programs with a place in memory for every value.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <linseed/framework/graph/program.h>

namespace linseed {

struct PlanTimes;

/// A program laid out for execution. Values live in *storages*; a value made without computing
/// (reshape) shares the storage of what it was made from.
struct Plan {
  /// Where a storage lives.
  enum class Place {
    input,   // a buffer that the caller passes; `index` counts inputs, then captured tensors
    output,  // a buffer of its own that outlives the run; `index` counts these
    arena,   // part of one block that the run works in; `index` is the byte offset
  };
  struct Storage {
    Place place;
    std::size_t index;
    std::size_t bytes;
  };
  /// What an output buffer may be written over: an input nobody reads any more.
  struct OutputBuffer {
    std::size_t bytes;
    int donor = -1;  // an input (by position among the program's inputs), or -1
  };

  /// The plans of the programs that a step's attributes hold, and the part of the arena they share:
  /// they run one at a time, each in as many `copies` as the step makes replicas.
  struct Nested {
    std::vector<Plan> plans;
    std::size_t arena_offset = 0;
    std::size_t copies = 1;
  };

  Program program;
  std::map<int, Nested> nested;  // by number of the step
  /// The names of the axes along which replicas meet in a step, or in the programs inside of it.
  /// Replicas go through such a step together, through all others on their own.
  std::map<int, std::set<std::string>> meetings;
  std::vector<int> storage_of;  // storage of each value
  std::vector<Storage> storages;
  std::vector<OutputBuffer> output_buffers;
  std::size_t arena_bytes = 0;
  std::shared_ptr<PlanTimes> times;  // what a profile measures of it
};

/// Lays `program` out: each value that is neither passed in nor returned gets a place in the arena
/// from the step that makes it to the last step that reads it. `pass`, if there is one, transforms
/// it first, and the programs inside of its steps.
using Pass = Program (*)(Program program);
Plan make_plan(Program program, Pass pass = nullptr);

/// Runs `plan` on the buffers of its inputs and returns one buffer per program output. A buffer
/// that is passed in by its only handle may come back as an output. `is_checked`: every value, as
/// set_check_finite says.
std::vector<BufferPtr> execute(const Plan& plan, std::vector<BufferPtr> inputs,
                               bool is_checked = false);

/// The plan as text, one step a line with the places of its operands, for people and tests.
std::string to_string(const Plan& plan);

}  // namespace linseed
