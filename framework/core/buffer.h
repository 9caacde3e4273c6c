// Owned memory of a tensor.
#pragma once

#include <cstddef>
#include <memory>

namespace linseed {

/// A block of memory, 64-byte aligned, uninitialised. Neither copied nor moved: shared.
class Buffer final {
 public:
  /// Throws std::bad_alloc.
  explicit Buffer(std::size_t bytes);
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void* data() { return data_; }
  const void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

  /// Bytes held by all buffers of the process, for tests that watch memory.
  static std::size_t bytes_in_use();

 private:
  void* data_;
  std::size_t bytes_;
};

using BufferPtr = std::shared_ptr<Buffer>;

}  // namespace linseed
