#include <linseed/framework/plan/parallel_internal.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif
#if defined(LINSEED_THREAD_SANITIZER)
#include <sanitizer/tsan_interface.h>
#endif

#include <linseed/framework/core/error.h>
#include <linseed/framework/plan/threads.h>

namespace linseed {
namespace {

/// Work, in units of KernelCall's cost, below which waking a thread costs more than it brings.
#if defined(LINSEED_THREAD_SANITIZER)
constexpr double kParallelWork = 100;  // it sees only what is shared
#else
constexpr double kParallelWork = 15'000;
#endif

/// Flushes subnormal numbers to zero while it lives: they are up to 100 times slower, and no
/// network needs them. Each task sets it for itself, whatever its thread had before.
class FlushToZero {
 public:
#if defined(__SSE2__)
  FlushToZero() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | kFlushToZero | kDenormalsAreZero); }
  ~FlushToZero() { _mm_setcsr(saved_); }

 private:
  static constexpr unsigned kFlushToZero = 0x8000;
  static constexpr unsigned kDenormalsAreZero = 0x0040;
  unsigned saved_;
#endif
};

/// Tells the thread sanitizer what the pool does: all that came before a loop happens before its
/// bodies, and they before what comes after. It cannot see that itself, since the pool's library is
/// not instrumented; anything between two bodies of one loop it still judges.
class LoopOrder {
 public:
#if defined(LINSEED_THREAD_SANITIZER)
  LoopOrder() { __tsan_release(&fork_); }
  void body_begins() { __tsan_acquire(&fork_); }
  void body_ends() { __tsan_release(&join_); }
  void joined() { __tsan_acquire(&join_); }

 private:
  char fork_ = 0;
  char join_ = 0;
#else
  void body_begins() {}
  void body_ends() {}
  void joined() {}
#endif
};

/// The items of a loop, in equal shares. Each thread works off its own, which are the same items in
/// all loops of that length, so that it finds in its own caches what it has made before; then it
/// helps the others, who may have been slower or have come late.
class Shares {
 public:
  /// What is taken at once has at least `grain` items, where so many are left.
  Shares(std::int64_t items, int count, std::int64_t grain)
      : grain_(grain), shares_(static_cast<std::size_t>(count)) {
    for (int i = 0; i < count; ++i) {
      shares_[static_cast<std::size_t>(i)].next = items * i / count;
      shares_[static_cast<std::size_t>(i)].end = items * (i + 1) / count;
    }
  }

  /// run(begin, end) for what is left, beginning with share `own`.
  template <class Run>
  void work_off(int own, const Run& run) {
    for (std::size_t i = 0; i < shares_.size(); ++i) {
      Share& share = shares_[(static_cast<std::size_t>(own) + i) % shares_.size()];
      std::int64_t first = share.next.load(std::memory_order_relaxed);
      while (first < share.end) {
        const std::int64_t left = share.end - first;
        const std::int64_t some = std::min(left, std::max(grain_, left / 3));
        if (!share.next.compare_exchange_weak(first, first + some, std::memory_order_relaxed)) {
          continue;
        }
        run(first, first + some);
        first = share.next.load(std::memory_order_relaxed);
      }
    }
  }

 private:
  struct alignas(64) Share {
    std::atomic<std::int64_t> next;
    std::int64_t end;
  };

  std::int64_t grain_;
  std::vector<Share> shares_;
};

int default_threads() {
  const char* text = std::getenv("LINSEED_NUM_THREADS");
  if (text == nullptr) return oneapi::tbb::info::default_concurrency();
  int threads = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, threads);
  if (error != std::errc() || stop != end || threads < 1) {
    throw InvalidArgument("LINSEED_NUM_THREADS: a positive number was expected, got '{}'", text);
  }
  return threads;
}

/// The process's threads. Replaced as a whole when their number changes.
struct Pool {
  explicit Pool(int count)
      : threads(count),
        allowed(
            oneapi::tbb::global_control::max_allowed_parallelism,
            static_cast<std::size_t>(std::max(count, oneapi::tbb::info::default_concurrency()))),
        arena(count) {}

  int threads;
  oneapi::tbb::global_control allowed;  // more threads than cores, if that is what was asked for
  oneapi::tbb::task_arena arena;
};

std::mutex pool_mutex;
std::shared_ptr<Pool> pool;

std::shared_ptr<Pool> current_pool() {
  const std::scoped_lock lock(pool_mutex);
  if (!pool) pool = std::make_shared<Pool>(default_threads());
  return pool;
}

}  // namespace

void set_num_threads(int threads) {
  if (threads < 1) throw InvalidArgument("set_num_threads: {} is not a number of threads", threads);
  const std::scoped_lock lock(pool_mutex);
  pool = std::make_shared<Pool>(threads);
}

int num_threads() { return current_pool()->threads; }

void run_in_arena(const std::function<void()>& work) {
  LoopOrder order;
  // Not instrumented itself: it must find `order` before it can say what came before.
  current_pool()->arena.execute([&work, &order ]() __attribute__((no_sanitize("thread"))) {
    order.body_begins();
    const FlushToZero flush;
    work();
    order.body_ends();
  });
  order.joined();
}

namespace {

/// Runs a loop as a whole if it is too short to be worth other threads' while; else spread(run,
/// grain) does by run(begin, end), of at least `grain` items where so many are left.
template <class Spread>
void spread_if_long(std::int64_t items, double cost, const RangeBody& body, const Spread& spread) {
  if (items <= 0) return;
  const auto run = [&body](std::int64_t begin, std::int64_t end) {
    const FlushToZero flush;
    body(begin, end);
  };
  const int threads = oneapi::tbb::this_task_arena::max_concurrency();
  const double work = static_cast<double>(items) * cost;
  if (threads == 1 || items == 1 || work < kParallelWork) return run(0, items);
  spread(run, static_cast<std::int64_t>(kParallelWork / 2 / std::max(cost, 1e-3)) + 1);
}

}  // namespace

void parallel_for(std::int64_t items, double cost, const RangeBody& body) {
  spread_if_long(items, cost, body, [items](const auto& run, std::int64_t grain) {
    const int threads = oneapi::tbb::this_task_arena::max_concurrency();
    Shares shares(items, threads, grain);
    LoopOrder order;
    // The pool copies bodies of a range, where it is not instrumented; others it would refer to.
    oneapi::tbb::parallel_for(
        oneapi::tbb::blocked_range<int>(0, threads),
        [&shares, &run, &order](const auto& range) {
          order.body_begins();
          for (int i = range.begin(); i < range.end(); ++i) shares.work_off(i, run);
          order.body_ends();
        },
        oneapi::tbb::static_partitioner());
    order.joined();
  });
}

void parallel_for_inside(std::int64_t items, double cost, const RangeBody& body) {
  spread_if_long(items, cost, body, [items](const auto& run, std::int64_t grain) {
    LoopOrder order;
    oneapi::tbb::parallel_for(oneapi::tbb::blocked_range<std::int64_t>(0, items, grain),
                              [&run, &order](const auto& range) {
                                order.body_begins();
                                run(range.begin(), range.end());
                                order.body_ends();
                              });
    order.joined();
  });
}

}  // namespace linseed
