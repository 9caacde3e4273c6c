// The profile as the executor feeds it, and what it keeps.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/plan/plan.h>
#include <linseed/framework/plan/profile_scope.h>
#include <linseed/framework/plan/step_place_internal.h>

namespace linseed {

/// What a profile has measured of a step, or of a plan as a whole.
struct StepTimes {
  int profile = 0;  // which one it was
  std::int64_t calls = 0;
  std::int64_t nanoseconds = 0;

  double seconds_per_call() const {
    return 1e-9 * static_cast<double>(nanoseconds) / static_cast<double>(calls);
  }
};

/// What profiles have measured of a plan; kept with it.
struct PlanTimes {
  explicit PlanTimes(std::size_t step_count) : steps(step_count) {}

  StepTimes run;
  std::vector<StepTimes> steps;
};

/// What `times` say in the last profile; no calls if they are from an earlier one.
StepTimes read_times(const StepTimes& times);

/// A thread, by the number of its track.
struct Track {
  int number;
  bool is_caller;  // it runs user code, and is none of the pool
};

struct ProfileEvent {
  std::string_view name;
  Track track;
  std::int64_t begin;  // nanoseconds of the steady clock
  std::int64_t end;

  // Of a step.
  const Program* program = nullptr;
  int step = 0;
  std::string replica = {};
  std::int64_t replicas = 1;  // that went through it together

  // Of a part of its loop: so many items, of so many.
  std::int64_t items = 0;
  std::int64_t all_items = 0;
};

/// Times one step of a run while it lives, and the parts of its loops; nothing if it is not on.
class StepTimer {
 public:
  StepTimer(bool is_on, const Plan& plan, const StepPlace& place, std::size_t replicas,
            const ParallelFor& parallel)
      : parallel_(parallel) {
    if (is_on) start(plan, place, replicas);
  }
  ~StepTimer() {
    if (event_) stop();
  }
  StepTimer(const StepTimer&) = delete;
  StepTimer& operator=(const StepTimer&) = delete;

  /// What the step's kernel spreads its loops with.
  const ParallelFor& parallel_for() const { return event_ ? timed_ : parallel_; }

 private:
  void start(const Plan& plan, const StepPlace& place, std::size_t replicas);
  void run_parts(std::int64_t items, double cost, const RangeBody& body) const;
  void stop();

  const ParallelFor& parallel_;
  ParallelFor timed_;
  std::optional<ProfileEvent> event_;
  StepTimes* times_ = nullptr;
};

}  // namespace linseed
