// Half precision: floating numbers in two bytes, stored but never computed with.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace linseed {
namespace detail {

/// The upper half of a float32: its range, and 8 significant bits.
struct Bfloat16Format {
  static constexpr int kFractionBits = 7;
  static constexpr int kMaxExponent = 128;
  static constexpr std::uint16_t round(float x);
  static constexpr float widen(std::uint16_t bits);
};

/// IEEE 754 binary16: 11 significant bits, at most 65504.
struct Float16Format {
  static constexpr int kFractionBits = 10;
  static constexpr int kMaxExponent = 16;
  static constexpr std::uint16_t round(float x);
  static constexpr float widen(std::uint16_t bits);
};

/// `x` as a float that rounds to two bytes as `x` itself would: an inexact one gets an odd last
/// bit, so that it is never taken for halfway between two halves (Boldo, Melquiond, "Emulation of
/// FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008).
constexpr float round_to_odd(double x) {
  const float nearest = static_cast<float>(x);
  const auto bits = std::bit_cast<std::uint32_t>(nearest);
  if (static_cast<double>(nearest) == x || x != x || bits % 2 == 1) return nearest;
  const double magnitude = x < 0 ? -x : x;
  const bool is_above = std::bit_cast<float>(bits & 0x7fffffffU) > magnitude;
  return std::bit_cast<float>(is_above ? bits - 1 : bits + 1);
}

}  // namespace detail

/// A floating number in two bytes. It converts to float without loss, so C++ arithmetic and
/// comparison of halves happen in float; back it is rounded to nearest, ties to even. What is too
/// large becomes infinity, NaN stays NaN. An integer beyond 2⁵³ is rounded to double first.
template <class Format>
class Half final {
 public:
  Half() = default;
  template <class T>
  requires std::is_arithmetic_v<T>
  constexpr explicit Half(T x) : bits_(Format::round(narrowed(x))) {}
  constexpr operator float() const { return Format::widen(bits_); }

  static constexpr Half from_bits(std::uint16_t bits) {
    Half half{};
    half.bits_ = bits;
    return half;
  }
  constexpr std::uint16_t bits() const { return bits_; }

 private:
  template <class T>
  static constexpr float narrowed(T x) {
    if constexpr (std::is_same_v<T, float>) {
      return x;
    } else {
      return detail::round_to_odd(static_cast<double>(x));
    }
  }

  std::uint16_t bits_;
};

using bfloat16_t = Half<detail::Bfloat16Format>;
using float16_t = Half<detail::Float16Format>;

/// A C++ type of half precision.
template <class T>
concept HalfElement = std::same_as<T, bfloat16_t> || std::same_as<T, float16_t>;

constexpr std::uint16_t detail::Bfloat16Format::round(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t rounded = bits + 0x7fffU + (bits >> 16 & 1U);
  const bool is_nan = (bits & 0x7fffffffU) > 0x7f800000U;
  // A NaN is made quiet: what is left of its payload might be nothing.
  return static_cast<std::uint16_t>((is_nan ? bits | 0x400000U : rounded) >> 16);
}

constexpr float detail::Bfloat16Format::widen(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

// Both directions compute all cases and choose one, so that a loop over them has no branch.
constexpr std::uint16_t detail::Float16Format::round(float x) {
  constexpr std::uint32_t kInfinity = 0x7f800000U, kTooLarge = 143U << 23, kNormal = 113U << 23;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  // The last 13 bits of the fraction go; the exponent's bias sinks from 127 to 15.
  const std::uint32_t rebiased = magnitude - (112U << 23);
  const std::uint32_t normal = (rebiased + 0xfffU + (rebiased >> 13 & 1U)) >> 13;
  // Below 2⁻¹⁴ all halves are multiples of 2⁻²⁴, which is what the last bit of ½ is worth: the
  // addition rounds there.
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) -
      std::bit_cast<std::uint32_t>(0.5F);
  const std::uint32_t nan = 0x7e00U | (magnitude >> 13 & 0x3ffU);
  const std::uint32_t finite = magnitude < kNormal ? subnormal : normal;
  const std::uint32_t number = magnitude < kTooLarge ? finite : 0x7c00U;
  return static_cast<std::uint16_t>((magnitude > kInfinity ? nan : number) |
                                    (bits >> 16 & 0x8000U));
}

constexpr float detail::Float16Format::widen(std::uint16_t bits) {
  const std::uint32_t magnitude = bits & 0x7fffU;
  const std::uint32_t normal = (magnitude << 13) + (112U << 23);
  const std::uint32_t special = magnitude << 13 | 0x7f800000U;  // infinity and NaN
  const auto subnormal = std::bit_cast<std::uint32_t>(
      static_cast<float>(static_cast<std::int32_t>(magnitude)) * 0x1p-24F);
  const std::uint32_t finite = magnitude < 0x400U ? subnormal : normal;
  return std::bit_cast<float>((magnitude < 0x7c00U ? finite : special) | (bits & 0x8000U) << 16);
}

}  // namespace linseed

/// The rest is as of float.
template <class Format>
class std::numeric_limits<linseed::Half<Format>> : public std::numeric_limits<float> {
  using Half = linseed::Half<Format>;
  static constexpr int kFraction = Format::kFractionBits;
  static constexpr std::uint16_t kInfinity = 0x7fff >> kFraction << kFraction;

 public:
  static constexpr int digits = kFraction + 1;
  static constexpr int digits10 = kFraction * 301 / 1000;
  static constexpr int max_digits10 = digits * 301 / 1000 + 2;
  static constexpr int max_exponent = Format::kMaxExponent;
  static constexpr int max_exponent10 = max_exponent * 301 / 1000;
  static constexpr int min_exponent = 3 - max_exponent;
  static constexpr int min_exponent10 = (min_exponent - 1) * 301 / 1000;

  static constexpr Half min() { return Half::from_bits(1 << kFraction); }
  static constexpr Half max() { return Half::from_bits(kInfinity - 1); }
  static constexpr Half lowest() { return Half::from_bits(0x8000 | (kInfinity - 1)); }
  static constexpr Half denorm_min() { return Half::from_bits(1); }
  static constexpr Half infinity() { return Half::from_bits(kInfinity); }
  static constexpr Half quiet_NaN() { return Half::from_bits(kInfinity | 1 << (kFraction - 1)); }
  static constexpr Half signaling_NaN() { return Half::from_bits(kInfinity | 1); }
  static constexpr Half epsilon() { return Half(1.0F / (1 << kFraction)); }
  static constexpr Half round_error() { return Half(0.5F); }
};
