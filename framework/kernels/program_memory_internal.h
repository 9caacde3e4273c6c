// Pointing programs to the memory of a call's arrays.
#pragma once

#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

inline std::size_t bytes_of(const Array& array) {
  return static_cast<std::size_t>(array.size()) * size_of(array.dtype);
}

inline Sources sources_of(std::span<const Array> arrays) {
  Sources result;
  for (const Array& array : arrays) result.push_back(array.data);
  return result;
}

inline Targets targets_of(std::span<const Array> arrays) {
  Targets result;
  for (const Array& array : arrays) result.push_back(array.data);
  return result;
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// The entry `index` of each of `arrays`, whose first dimension is `length`.
template <class Pointer>
void append_entries(std::vector<Pointer>& to, std::span<const Array> arrays, std::int64_t index,
                    std::int64_t length) {
  for (const Array& array : arrays) {
    const std::size_t entry = bytes_of(array) / static_cast<std::size_t>(length);
    to.push_back(static_cast<std::byte*>(array.data) + static_cast<std::size_t>(index) * entry);
  }
}

}  // namespace linseed::kernels
