// Sizes over two spatial dimensions, as layers take them.
#pragma once

#include <array>
#include <string_view>

#include <linseed/framework/core/error.h>
#include <linseed/framework/core/shape.h>

namespace linseed::nn {

/// `sizes` as two numbers; if it is empty, two times 1.
inline std::array<std::int64_t, 2> two_sizes(const Shape& sizes, std::string_view who,
                                             std::string_view what) {
  if (sizes.ndim() == 0) return {1, 1};
  if (sizes.ndim() != 2) {
    throw NotSupported("{}: {} has {} sizes; two spatial dimensions are supported", who, what,
                       sizes.ndim());
  }
  return {sizes[0], sizes[1]};
}

}  // namespace linseed::nn
