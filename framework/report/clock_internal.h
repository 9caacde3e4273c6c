// The time of day.
#pragma once

#include <chrono>

namespace linseed {

/// Seconds since 1970 (UTC).
inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace linseed
