#include <linseed/framework/core/dtype.h>

#include <algorithm>

namespace linseed {

std::string_view name(DType dtype) {
  constexpr std::string_view kNames[] = {"bool",     "uint8",   "int32",   "int64",  "uint32",
                                         "bfloat16", "float16", "float32", "float64"};
  return kNames[static_cast<std::size_t>(dtype)];
}

std::size_t size_of(DType dtype) {
  return visit_dtype(dtype, [](auto zero) { return sizeof zero; });
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  const auto [low, high] = std::minmax(a, b);
  const bool low_is_signed = low == int32 || low == int64;
  if (high == uint32 && low_is_signed) return int64;
  if (low == bfloat16 && high == float16) return float32;
  return high;
}

}  // namespace linseed
