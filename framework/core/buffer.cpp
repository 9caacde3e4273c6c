#include <linseed/framework/core/buffer.h>

#include <atomic>
#include <cstdint>
#include <new>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

#include <oneapi/tbb/scalable_allocator.h>

namespace linseed {
namespace {

constexpr std::size_t kAlignment = 64;
std::atomic<std::size_t> bytes_held{0};

/// Asks for pages of 2 MiB where memory holds whole ones: a step that streams through hundreds of
/// MiB then finds its pages' addresses in the processor. Said of recycled memory once more; a
/// refusal does no harm.
void advise_huge_pages([[maybe_unused]] void* data, [[maybe_unused]] std::size_t bytes) {
#if defined(MADV_HUGEPAGE)
  constexpr std::size_t kHuge = std::size_t{2} << 20;
  if (bytes < 2 * kHuge) return;
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(data) % kHuge;
  madvise(static_cast<char*>(data) + before, (bytes - before) / kHuge * kHuge, MADV_HUGEPAGE);
#endif
}

}  // namespace

// oneTBB's allocator keeps freed blocks, so a training step does not fault its pages in again.
Buffer::Buffer(std::size_t bytes)
    : data_(scalable_aligned_malloc(bytes == 0 ? 1 : bytes, kAlignment)), bytes_(bytes) {
  if (data_ == nullptr) throw std::bad_alloc();
  advise_huge_pages(data_, bytes);
  bytes_held.fetch_add(bytes_, std::memory_order_relaxed);
}

Buffer::~Buffer() {
  scalable_aligned_free(data_);
  bytes_held.fetch_sub(bytes_, std::memory_order_relaxed);
}

std::size_t Buffer::bytes_in_use() { return bytes_held.load(std::memory_order_relaxed); }

}  // namespace linseed
