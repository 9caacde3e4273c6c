// A loop whose bodies write to one number, which the thread sanitizer must see; or, with "none" as
// its argument, each to its own, of which it must say nothing.
#include <atomic>
#include <chrono>
#include <string_view>
#include <vector>

#include <linseed/framework/plan/parallel_internal.h>
#include <linseed/framework/plan/threads.h>

int main(int argc, char** argv) {
  const bool races = argc < 2 || std::string_view(argv[1]) != "none";
  constexpr std::int64_t kItems = 64;
  constexpr double kWorthSharing = 1e6;
  linseed::set_num_threads(4);
  std::vector<int> own(kItems);
  int shared = 0;
  // Bodies meet only if they run at once: each waits until another has begun, which on a machine
  // that has more to do may take a while.
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  std::atomic<int> begun = 0;
  linseed::run_in_arena([&] {
    linseed::parallel_for(kItems, kWorthSharing, [&](std::int64_t begin, std::int64_t end) {
      begun.fetch_add(1, std::memory_order_relaxed);
      while (begun.load(std::memory_order_relaxed) < 2 && Clock::now() < deadline) {
      }
      for (std::int64_t i = begin; i < end; ++i) {
        // Again and again: of two writes at the very same time the sanitizer may miss one.
        volatile int& number = races ? shared : own[static_cast<std::size_t>(i)];
        number = number + 1;
      }
    });
  });
  return shared + own[0] > 0 ? 0 : 1;
}
