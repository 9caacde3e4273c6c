// Element types: their names, sizes, promotion, and the bridge to C++ types.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>  // core.h declares the formatter of string_view, format.h has its body

#include <linseed/framework/core/half.h>

namespace linseed {

/// The type of a tensor's elements. Values are in the order of promotion within a kind. bfloat16
/// and float16 are for storage: operations on them compute in float32 and round the result.
enum class DType : std::uint8_t {
  // clang-format off
  bool_, uint8, int32, int64, uint32, bfloat16, float16, float32, float64
  // clang-format on
};

inline constexpr DType bool_ = DType::bool_;
inline constexpr DType uint8 = DType::uint8;
inline constexpr DType int32 = DType::int32;
inline constexpr DType int64 = DType::int64;
inline constexpr DType uint32 = DType::uint32;
inline constexpr DType bfloat16 = DType::bfloat16;
inline constexpr DType float16 = DType::float16;
inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;

/// All element types, in declaration order.
inline constexpr DType kAllDTypes[] = {bool_,    uint8,   int32,   int64,  uint32,
                                       bfloat16, float16, float32, float64};

/// "float32", "bool", …
std::string_view name(DType dtype);

/// Bytes of one element.
std::size_t size_of(DType dtype);

/// Of two bytes: bfloat16 or float16.
constexpr bool is_half(DType dtype) { return dtype == bfloat16 || dtype == float16; }
constexpr bool is_floating(DType dtype) {
  return is_half(dtype) || dtype == float32 || dtype == float64;
}
constexpr bool is_integer(DType dtype) { return !is_floating(dtype) && dtype != bool_; }

/// The type in which two operands meet. bool gives way to everything; integers give way to
/// floats of any width; otherwise the wider wins. int32 with uint32 meet in int64, bfloat16 with
/// float16 in float32.
///
///             bool     uint8    int32    int64    uint32   bfloat16 float16  float32  float64
///   bool      bool     uint8    int32    int64    uint32   bfloat16 float16  float32  float64
///   uint8              uint8    int32    int64    uint32   bfloat16 float16  float32  float64
///   int32                       int32    int64    int64    bfloat16 float16  float32  float64
///   int64                                int64    int64    bfloat16 float16  float32  float64
///   uint32                                        uint32   bfloat16 float16  float32  float64
///   bfloat16                                               bfloat16 float32  float32  float64
///   float16                                                         float16  float32  float64
///   float32                                                                  float32  float64
DType promote(DType a, DType b);

/// A C++ type that is an element type.
template <class T>
concept Element =
    std::same_as<T, bool> || std::same_as<T, std::uint8_t> || std::same_as<T, std::int32_t> ||
    std::same_as<T, std::int64_t> || std::same_as<T, std::uint32_t> || HalfElement<T> ||
    std::same_as<T, float> || std::same_as<T, double>;

template <Element T>
constexpr DType dtype_of() {
  if constexpr (std::same_as<T, bool>) return bool_;
  if constexpr (std::same_as<T, std::uint8_t>) return uint8;
  if constexpr (std::same_as<T, std::int32_t>) return int32;
  if constexpr (std::same_as<T, std::int64_t>) return int64;
  if constexpr (std::same_as<T, std::uint32_t>) return uint32;
  if constexpr (std::same_as<T, bfloat16_t>) return bfloat16;
  if constexpr (std::same_as<T, float16_t>) return float16;
  if constexpr (std::same_as<T, float>) return float32;
  if constexpr (std::same_as<T, double>) return float64;
}

/// `x` as an element of another type. To bool: x ≠ 0. Floating to integer: towards zero, values out
/// of range saturate, NaN becomes 0. Between integers: modulo 2^bits. To a float: to nearest.
template <class To, class From>
To convert_element(From x) {
  if constexpr (HalfElement<From>) {
    return convert_element<To>(static_cast<float>(x));
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != 0;
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // Where the greatest integer has no exact counterpart, it rounds up to a power of two, which
    // is itself out of range: hence >=.
    constexpr From kLowest = static_cast<From>(std::numeric_limits<To>::lowest());
    constexpr From kGreatest = static_cast<From>(std::numeric_limits<To>::max());
    if (x >= kGreatest) return std::numeric_limits<To>::max();
    if (x <= kLowest) return std::numeric_limits<To>::lowest();
    return x != x ? To{0} : static_cast<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

/// Calls `f` with a value-initialised element of the C++ type that `dtype` stands for:
/// `visit_dtype(t, [](auto zero) { using T = decltype(zero); … })`.
template <class F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::bool_: return f(bool{});
    case DType::uint8: return f(std::uint8_t{});
    case DType::int32: return f(std::int32_t{});
    case DType::int64: return f(std::int64_t{});
    case DType::uint32: return f(std::uint32_t{});
    case DType::bfloat16: return f(bfloat16_t{});
    case DType::float16: return f(float16_t{});
    case DType::float32: return f(float{});
    case DType::float64: break;
  }
  return f(double{});
}

}  // namespace linseed

template <>
struct fmt::formatter<linseed::DType> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(linseed::DType dtype, Context& context) const {
    return fmt::formatter<std::string_view>::format(linseed::name(dtype), context);
  }
};
