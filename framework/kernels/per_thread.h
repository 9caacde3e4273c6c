// What every thread of a loop reads, such as a kernel's weights laid out anew.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include <oneapi/tbb/cache_aligned_allocator.h>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// Memory that a thread keeps from loop to loop, so that it finds it in its own caches. It is no
/// tensor's, and not counted by Buffer::bytes_in_use.
class KeptMemory {
 public:
  /// That of the thread that calls.
  static KeptMemory& own() {
    thread_local KeptMemory memory;
    return memory;
  }

  /// At least so many bytes, aligned to a cache line, of any content. Throws std::bad_alloc.
  void* data(std::size_t bytes) {
    if (bytes > memory_.size()) {
      Memory().swap(memory_);  // first, so that there are never both
      memory_.resize(bytes);
    }
    return memory_.data();
  }

  std::int64_t user = 0;  // whose content it is, if it is anybody's

  /// A number that no other user has, of any thread.
  static std::int64_t next_user() {
    static std::atomic<std::int64_t> last = 0;
    return ++last;
  }

 private:
  using Memory = std::vector<std::byte, oneapi::tbb::cache_aligned_allocator<std::byte>>;

  Memory memory_;
};

/// A value of which each thread that asks for it, in one loop, makes one of its own: a small one
/// takes longer to read from where another thread has just made it, which is that one's caches.
/// One that is large is made once, by all threads. make(parallel_for, memory) gives the value.
template <class Make>
class PerThread {
 public:
  using Value = std::invoke_result_t<Make, const ParallelFor&, void*>;

  /// `bytes` of memory is what a value needs.
  PerThread(const ParallelFor& parallel_for, std::size_t bytes, const Make& make)
      : number_(KeptMemory::next_user()), bytes_(bytes), make_(make) {
    constexpr std::size_t kLarge = 1 << 20;  // for a second-level cache
    if (bytes > kLarge) shared_.emplace(make(parallel_for, shared_memory_.emplace(bytes).data()));
  }

  /// That of the thread that calls, until it asks for that of another loop.
  const Value& value() const {
    if (shared_) return *shared_;
    thread_local std::optional<Value> own;
    KeptMemory& memory = KeptMemory::own();
    if (memory.user != number_) {
      memory.user = 0;
      own.emplace(make_(run_serially, memory.data(bytes_)));
      memory.user = number_;
    }
    return *own;
  }

 private:
  static void run_serially(std::int64_t items, double, const RangeBody& body) { body(0, items); }

  std::int64_t number_;
  std::size_t bytes_;
  Make make_;
  std::optional<Buffer> shared_memory_;
  std::optional<Value> shared_;
};

}  // namespace linseed::kernels
