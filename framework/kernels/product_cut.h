// How matrix products are cut into blocks that threads share.
#pragma once

#include <algorithm>
#include <cstdint>

namespace linseed::kernels {

/// The depth to which terms are summed before they are added to the output: no chain of additions
/// is so long that its rounding adds up. The same on every machine, so that the bits are.
inline constexpr std::int64_t kDepth = 256;

/// The depth k in parts, each of which is summed by itself, and these one after the other: so
/// threads may share them. They depend on k alone, so that the bits of a row do not depend on how
/// many there are.
class DepthParts {
 public:
  explicit DepthParts(std::int64_t k) : k_(k) {
    constexpr std::int64_t kMost = 8;
    while (count_ < kMost && count_ * kDepth < k) count_ *= 2;
  }

  /// A power of two, and where one begins; the end of the last is k.
  std::int64_t count() const { return count_; }
  std::int64_t begin(std::int64_t i) const { return i * k_ / count_; }

 private:
  std::int64_t k_;
  std::int64_t count_ = 1;
};

/// Cuts each of `count` products [m, n] of depth k into rows and columns of blocks, and these into
/// depths, by these numbers alone. Blocks begin at multiples of 16 columns, and have at least 16
/// unless n is less: so no vector reaches from one into the next. What a block reads of 256 columns
/// of a, 192 KiB at most (float32), stays in a second-level cache of 512 KiB while one panel of b
/// after the other passes through the first. The higher a block, the less it matters what it costs
/// to bring b there.
class ProductCut {
 public:
  /// Of the cuts into enough blocks for 8 threads, or else those into most, the one that reads
  /// least: each element of b once for each row of blocks, each of a once for each column, and, if
  /// there are several depths, the sums of the DepthParts, which are then written and added up, all
  /// but those of the first depth.
  ProductCut(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t count, bool cuts_depth)
      : m_(m), n_(n) {
    constexpr std::int64_t kEnough = 8, kMostRows = 192, kFewestRows = 12, kMostColumns = 128;
    const std::int64_t parts = cuts_depth ? DepthParts(k).count() : 1;
    std::int64_t best_blocks = 0, least = 0;
    for (std::int64_t height = kMostRows; height >= kFewestRows; height /= 2) {
      // Columns of blocks are as wide as this, or less than twice.
      for (std::int64_t width = kMostColumns; width >= kStep; width /= 2) {
        std::int64_t rows = std::max<std::int64_t>((m + height - 1) / height, 1);
        const std::int64_t columns = std::max<std::int64_t>(n / width, 1);
        // Two threads would share an odd number unequally.
        if (rows > kEnough) rows += rows * columns * count % 2;
        for (std::int64_t depths = 1; depths <= parts; depths *= 2) {
          const std::int64_t blocks = std::min(rows * columns * depths * count, kEnough);
          const std::int64_t sums = 2 * (parts - parts / depths) * m * n / std::max(k, parts);
          const std::int64_t reads = rows * n + columns * m + sums;
          if (blocks < best_blocks || (blocks == best_blocks && reads >= least)) continue;
          best_blocks = blocks;
          least = reads;
          rows_ = rows;
          columns_ = columns;
          depths_ = depths;
        }
      }
    }
  }

  /// Rows of blocks, and where one begins; the end of the last is m.
  std::int64_t rows() const { return rows_; }
  std::int64_t row(std::int64_t i) const { return i * m_ / rows_; }
  /// Columns of blocks, and where one begins; the end of the last is n.
  std::int64_t columns() const { return columns_; }
  std::int64_t column(std::int64_t j) const {
    return j == columns_ ? n_ : j * (n_ / kStep) / columns_ * kStep;
  }
  /// Depths of blocks, of equally many parts.
  std::int64_t depths() const { return depths_; }

 private:
  static constexpr std::int64_t kStep = 16;

  std::int64_t m_;
  std::int64_t n_;
  std::int64_t rows_ = 1;
  std::int64_t columns_ = 1;
  std::int64_t depths_ = 1;
};

}  // namespace linseed::kernels
