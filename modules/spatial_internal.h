// Sizes over two spatial dimensions, as layers take them.
#pragma once

#include <array>
#include <string_view>

#include <linseed/framework/core/error.h>
#include <linseed/framework/core/shape.h>

namespace linseed::nn {

/// `sizes`, which must be given, as two numbers.
inline std::array<std::int64_t, 2> two_sizes(const Shape& sizes, std::string_view who,
                                             std::string_view what) {
  if (sizes.ndim() == 0) throw InvalidArgument("{}: {} is empty; write {{3, 3}}", who, what);
  if (sizes.ndim() != 2) {
    throw NotSupported("{}: {} has {} sizes; two spatial dimensions are supported", who, what,
                       sizes.ndim());
  }
  return {sizes[0], sizes[1]};
}

/// The same for strides, which are 1 if they are empty.
inline std::array<std::int64_t, 2> two_strides(const Shape& strides, std::string_view who) {
  return strides.ndim() == 0 ? std::array<std::int64_t, 2>{1, 1}
                             : two_sizes(strides, who, "strides");
}

}  // namespace linseed::nn
