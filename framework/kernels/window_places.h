// Which places of a sliding window lie inside the input.
#pragma once

#include <algorithm>
#include <cstdint>

namespace linseed::kernels {

/// Places [begin, end) of a window along one dimension.
struct Places {
  std::int64_t begin;
  std::int64_t end;
};

/// The places inside [0, size) of a window of `window` elements whose first one lies at `start`.
inline Places places_inside(std::int64_t start, std::int64_t window, std::int64_t size) {
  const std::int64_t begin = std::clamp<std::int64_t>(-start, 0, window);
  return {begin, std::clamp<std::int64_t>(size - start, begin, window)};
}

}  // namespace linseed::kernels
