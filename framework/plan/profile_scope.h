// An event of the profile around what a scope does, for those who call plans.
#pragma once

#include <cstdint>

namespace linseed {

struct StepTimes;

/// From here to the end of the scope, if a profile is on (see start_profile). At its end all that
/// ran inside of it is written, so it may refer to plans that the scope has made.
class ProfileScope {
 public:
  /// `name` must live as long as the process; `times` are added to.
  explicit ProfileScope(const char* name, StepTimes* times = nullptr);
  ~ProfileScope();
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;

  bool is_on() const { return begin_ >= 0; }

 private:
  const char* name_;
  StepTimes* times_;
  std::int64_t begin_ = -1;  // off
};

}  // namespace linseed
