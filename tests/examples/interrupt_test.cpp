// Signals while a guard lives, and after it.
#include <support/interrupt.h>

#include <stdexcept>

#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

namespace example {
namespace {

/// The signal that ended a child process which ran `f`, or 0 if it returned.
template <class F>
int signal_that_ends(F&& f) {
  const pid_t child = fork();
  if (child == 0) {
    f();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("the first signal sets a flag") {
  for (const int number : {SIGINT, SIGTERM}) {
    const InterruptGuard guard;
    CHECK_FALSE(guard.requested());
    std::raise(number);
    CHECK(guard.requested());
    CHECK(guard.signal() == number);
    CHECK(guard.exit_code() == 128 + number);
  }
}

TEST_CASE("the second signal ends the process, whichever of the two it is") {
  CHECK(signal_that_ends([] {
          const InterruptGuard guard;
          std::raise(SIGINT);
        }) == 0);
  CHECK(signal_that_ends([] {
          const InterruptGuard guard;
          std::raise(SIGINT);
          std::raise(SIGINT);
        }) == SIGINT);
  CHECK(signal_that_ends([] {
          const InterruptGuard guard;
          std::raise(SIGINT);
          std::raise(SIGTERM);
        }) == SIGTERM);
}

TEST_CASE("a guard restores what the signals did before") {
  const auto handler = [](int number) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    return action.sa_handler;
  };
  const auto before_interrupt = handler(SIGINT), before_terminate = handler(SIGTERM);
  {
    const InterruptGuard guard;
    CHECK(handler(SIGINT) != before_interrupt);
    CHECK(handler(SIGTERM) != before_terminate);
  }
  CHECK(handler(SIGINT) == before_interrupt);
  CHECK(handler(SIGTERM) == before_terminate);
}

TEST_CASE("a second guard is refused, one after another is not") {
  {
    const InterruptGuard guard;
    CHECK_THROWS_AS(InterruptGuard(), std::logic_error);
  }
  CHECK_NOTHROW(InterruptGuard());
}

}  // namespace example
