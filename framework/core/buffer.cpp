#include <linseed/framework/core/buffer.h>

#include <atomic>
#include <new>

#include <oneapi/tbb/scalable_allocator.h>

namespace linseed {
namespace {

constexpr std::size_t kAlignment = 64;
std::atomic<std::size_t> bytes_held{0};

}  // namespace

// oneTBB's allocator keeps freed blocks, so a training step does not fault its pages in again.
Buffer::Buffer(std::size_t bytes)
    : data_(scalable_aligned_malloc(bytes == 0 ? 1 : bytes, kAlignment)), bytes_(bytes) {
  if (data_ == nullptr) throw std::bad_alloc();
  bytes_held.fetch_add(bytes_, std::memory_order_relaxed);
}

Buffer::~Buffer() {
  scalable_aligned_free(data_);
  bytes_held.fetch_sub(bytes_, std::memory_order_relaxed);
}

std::size_t Buffer::bytes_in_use() { return bytes_held.load(std::memory_order_relaxed); }

}  // namespace linseed
