#include "support/interrupt.h"

#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace example {
namespace {

// The handler runs on any thread, at any instruction: it may touch lock-free atomics only.
std::atomic<int> signal_seen{0};
std::atomic<bool> guard_exists{false};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void remember_signal(int number) {
  int none = 0;
  if (signal_seen.compare_exchange_strong(none, number)) return;
  // The second one: it acts as it would have without us, as soon as this handler returns.
  std::signal(number, SIG_DFL);
  std::raise(number);
}

void check(int result) {
  if (result != 0) throw std::system_error(errno, std::generic_category(), "sigaction");
}

}  // namespace

InterruptGuard::InterruptGuard() {
  if (guard_exists.exchange(true)) throw std::logic_error("there is an InterruptGuard already");
  signal_seen = 0;
  struct sigaction action {};
  action.sa_handler = remember_signal;
  action.sa_flags = SA_RESTART;  // a checkpoint that is being written must not fail by EINTR
  sigemptyset(&action.sa_mask);
  check(sigaction(SIGINT, &action, &before_interrupt_));
  check(sigaction(SIGTERM, &action, &before_terminate_));
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &before_interrupt_, nullptr);
  sigaction(SIGTERM, &before_terminate_, nullptr);
  guard_exists = false;
}

int InterruptGuard::signal() const { return signal_seen; }

}  // namespace example
