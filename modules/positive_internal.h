// What layers ask of their sizes.
#pragma once

#include <cstdint>
#include <string_view>

#include <linseed/framework/core/error.h>

namespace linseed::nn {

/// InvalidArgument, beginning with `who`, for a number below 1; `what` names the field.
inline void check_positive(std::int64_t number, std::string_view who, std::string_view what) {
  if (number < 1) throw InvalidArgument("{}: {} {} must be at least 1", who, what, number);
}

}  // namespace linseed::nn
