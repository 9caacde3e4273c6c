// Where a run is.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <linseed/framework/core/replica_axis.h>
#include <linseed/framework/graph/program.h>

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

/// `replica 3 of axis "batch"`, or "" if the place has no replicas of its own.
std::string replica_text(const StepPlace& place);

}  // namespace linseed
