// What every thread of a loop reads, such as a kernel's weights laid out anew.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <type_traits>

#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// A value of which each thread that asks for it, in one loop, makes one of its own: a small one
/// takes longer to read from where another thread has just made it, which is that one's caches.
/// One that is large is made once, by all threads. make(parallel_for) gives the value.
template <class Make>
class PerThread {
 public:
  using Value = std::invoke_result_t<Make, const ParallelFor&>;

  PerThread(const ParallelFor& parallel_for, std::int64_t bytes, const Make& make)
      : number_(next_number()), make_(make) {
    constexpr std::int64_t kLarge = 1 << 20;  // for a second-level cache
    if (bytes > kLarge) shared_.reset(new Value(make(parallel_for)));
  }

  /// That of the thread that calls, until it asks for that of another loop. A thread keeps its last
  /// one, so that it makes the next in the same memory, which is in its caches.
  const Value& value() const {
    if (shared_) return *shared_;
    thread_local std::int64_t made_for = 0;
    thread_local std::unique_ptr<const Value> own;
    if (made_for != number_) {
      made_for = 0;
      own.reset();
      own.reset(new Value(make_(serially())));
      made_for = number_;
    }
    return *own;
  }

 private:
  static std::int64_t next_number() {
    static std::atomic<std::int64_t> last = 0;
    return ++last;
  }

  static const ParallelFor& serially() {
    static const ParallelFor run = [](std::int64_t items, double, const RangeBody& body) {
      body(0, items);
    };
    return run;
  }

  std::int64_t number_;
  Make make_;
  std::unique_ptr<const Value> shared_;
};

}  // namespace linseed::kernels
