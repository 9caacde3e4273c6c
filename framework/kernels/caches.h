// What loops over memory make of a processor's caches.
#pragma once

#include <cstdint>

namespace linseed::kernels {

inline constexpr std::int64_t kCacheLine = 64;  // bytes

/// Loops over tensors of so many elements fetch what lies ahead: they otherwise wait for its lines,
/// although the processor sees where they are. Shorter ones are mostly still in a core's caches,
/// and fetching takes a few percent of a loop's time.
inline constexpr std::int64_t kLongElements = std::int64_t{1} << 18;

/// How far ahead, in elements.
inline constexpr std::int64_t kElementsAhead = 1024;

/// Fetches the line of an address, which may lie beyond what there is, into the second-level cache:
/// the first is full of what the loops of a tile leave to each other.
[[gnu::always_inline]] inline void fetch_line(const void* address) {
  __builtin_prefetch(address, 0, 2);
}

/// A result of so many bytes, whose loop waits for memory, is better stored past the caches: it
/// would drive others out of the last-level cache, and itself. A quarter of that, between 8 and 64
/// MiB, or 8 MiB where the system does not say its size.
std::int64_t streamed_bytes();

}  // namespace linseed::kernels
