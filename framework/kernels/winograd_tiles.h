// Tiles of F(2, 3): what two neighbouring positions of a line are made of, and are made to.
//
// With d the four pixels that two positions y read, g a line of the kernel and ⊙ element by
// element,
//   y = Aᵀ (G g ⊙ Bᵀ d), and for cotangents y, that of the kernel is Gᵀ (A y ⊙ Bᵀ d):
//   Bᵀ d = [d₀ − d₂, d₁ + d₂, d₂ − d₁, d₁ − d₃]
//   G g = [g₀, (g₀ + g₁ + g₂) / 2, (g₀ − g₁ + g₂) / 2, g₂]
//   Aᵀ m = [m₀ + m₁ + m₂, m₁ − m₂ − m₃]
//   A y = [y₀, y₀ + y₁, y₀ − y₁, −y₁]
//   Gᵀ m = [m₀ + (m₁ + m₂) / 2, (m₁ − m₂) / 2, (m₁ + m₂) / 2 + m₃]
// A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks" (2016), section 4.1.
#pragma once

#include <cstdint>

namespace linseed::kernels {

inline constexpr std::int64_t kWinogradTile = 2;     // positions
inline constexpr std::int64_t kWinogradFactors = 4;  // that are multiplied for them
inline constexpr std::int64_t kWinogradTaps = 3;

/// A line of pixels, cut into tiles.
struct WinogradLine {
  std::int64_t size;
  std::int64_t channels;
  std::int64_t tiles;
  std::int64_t begin = 0;  // of an input: the first pixel that the first tile reads
};

/// Bᵀ d and A y of each tile: [tiles, channels] for each of the four factors, `stride` apart.
/// `zeros`: as many as there are channels, for what lies outside of the line.
void winograd_factors_of_input(const WinogradLine& line, const float* from, const float* zeros,
                               float* to, std::int64_t stride);
void winograd_factors_of_output(const WinogradLine& line, const float* from, const float* zeros,
                                float* to, std::int64_t stride);

/// Aᵀ m of each tile, of sums that lie as the factors do.
void winograd_output(const WinogradLine& line, const float* sums, std::int64_t stride, float* to);

}  // namespace linseed::kernels
