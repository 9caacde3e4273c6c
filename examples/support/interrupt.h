// Ending a run by Ctrl-C without losing it.
#pragma once

#include <csignal>

namespace example {

/// While one lives, the first SIGINT or SIGTERM only sets a flag, for the training loop to look at
/// between steps; the second one ends the process at once. There can be one at a time.
class InterruptGuard {
 public:
  /// Throws std::system_error, or std::logic_error if there is one already.
  InterruptGuard();
  /// Restores what the signals did before.
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool requested() const { return signal() != 0; }
  /// The signal that came, or 0.
  int signal() const;
  /// What a shell expects of a program that was ended by the signal: 130 for SIGINT, 143 for
  /// SIGTERM.
  int exit_code() const { return 128 + signal(); }

 private:
  struct sigaction before_interrupt_ {};
  struct sigaction before_terminate_ {};
};

}  // namespace example
