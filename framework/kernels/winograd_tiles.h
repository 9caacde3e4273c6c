// Tiles of F(2 × 2, 3 × 3): what four positions of an image are made of, and are made to.
//
// With d the 4 × 4 pixels that 2 × 2 positions y read, g the kernel and ⊙ element by element,
//   y = Aᵀ (G g Gᵀ ⊙ Bᵀ d B) A, and for cotangents y, that of the kernel is
//   Gᵀ (A y Aᵀ ⊙ Bᵀ d B) G, where along one axis
//   Bᵀ d = [d₀ − d₂, d₁ + d₂, d₂ − d₁, d₁ − d₃]
//   G g = [g₀, (g₀ + g₁ + g₂) / 2, (g₀ − g₁ + g₂) / 2, g₂]
//   Aᵀ m = [m₀ + m₁ + m₂, m₁ − m₂ − m₃]
//   A y = [y₀, y₀ + y₁, y₀ − y₁, −y₁]
//   Gᵀ m = [m₀ + (m₁ + m₂) / 2, (m₁ − m₂) / 2, (m₁ + m₂) / 2 + m₃]
// A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks" (2016), section 4.1.
#pragma once

#include <array>
#include <cstdint>

namespace linseed::kernels {

inline constexpr std::int64_t kWinogradTaps = 3;      // of the kernel along an axis
inline constexpr std::int64_t kWinogradTile = 2;      // positions along an axis
inline constexpr std::int64_t kWinogradFactors = 16;  // that are multiplied for a tile

/// A row of tiles of an image, whose lines have so many pixels.
struct WinogradRow {
  std::int64_t pixels;
  std::int64_t channels;
  std::int64_t tiles;
  std::int64_t begin = 0;  // of an input: the first pixel that the first tile reads
};

/// Factors of some channels of a tile, or of a kernel: one is `stride` from the next.
template <class T>
struct WinogradFactors {
  T* first;
  std::int64_t stride;
};

/// Bᵀ d B of each tile, and A y Aᵀ: [tiles, channels] for each factor. `lines` are those that the
/// row reads.
void winograd_factors_of_input(const WinogradRow& row, const std::array<const float*, 4>& lines,
                               const WinogradFactors<float>& to);
void winograd_factors_of_output(const WinogradRow& row, const std::array<const float*, 2>& lines,
                                const WinogradFactors<float>& to);
/// Aᵀ m A of each tile.
void winograd_output(const WinogradRow& row, const WinogradFactors<const float>& sums,
                     const std::array<float*, 2>& lines);

/// G g Gᵀ, and Gᵀ m G, of so many columns of a kernel [3, 3, `place` elements].
void winograd_factors_of_kernel(std::int64_t columns, const float* kernel, std::int64_t place,
                                const WinogradFactors<float>& to);
void winograd_kernel(std::int64_t columns, const WinogradFactors<const float>& sums, float* kernel,
                     std::int64_t place);

}  // namespace linseed::kernels
