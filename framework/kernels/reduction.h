// How reductions see a tensor: outputs, their summands, and the blocks that fix the order of sums.
#pragma once

#include <vector>

#include <linseed/framework/kernels/strided.h>

namespace linseed::kernels {

/// A reduction in one of two forms, decided by the innermost dimension of more than one element:
///   it stays:      `columns` neighbouring outputs are reduced together, row by row;
///   it is reduced: columns = 1, and each output gathers contiguous runs, spread over lanes.
/// Operand 0 of both spaces is the input.
struct Reduction {
  StridedSpace kept;     // the dimensions that stay, without the columns
  StridedSpace reduced;  // the dimensions that go
  std::int64_t outer;    // points of `kept`
  std::int64_t extent;   // points of `reduced`: summands of one output
  std::int64_t columns;
  std::int64_t block;   // summands from one block of the tree; only the shape decides it
  std::int64_t blocks;  // ≥ 1
  std::int64_t tiles;   // the columns in pieces of at most kTileColumns

  bool is_by_columns() const { return columns > 1; }
};

inline constexpr std::int64_t kTileColumns = 256;
inline constexpr std::int64_t kLanes = 16;

/// Blocks of `rows_per_block` rows, or of `run_per_block` elements where columns = 1.
Reduction plan_reduction(const Shape& input, const std::vector<int>& axes,
                         std::int64_t rows_per_block, std::int64_t run_per_block);

/// One piece of work: summands [first, last) of `width` columns.
struct ReductionItem {
  std::int64_t outer;
  std::int64_t block;
  std::int64_t column;
  std::int64_t width;
  std::int64_t first;
  std::int64_t last;
  std::int64_t offset;  // of the first summand of the first column, in the input
};

/// The work in the order of the input's memory: outer, then blocks, then tiles.
std::int64_t item_count(const Reduction& reduction);
ReductionItem item_at(const Reduction& reduction, std::int64_t index);

/// Joins `count` neighbours two by two, the results two by two, and so on; join(i, j) adds j to i.
/// The result is in 0.
template <class Join>
void pairwise(std::int64_t count, const Join& join) {
  for (std::int64_t step = 1; step < count; step *= 2) {
    for (std::int64_t i = 0; i + step < count; i += 2 * step) join(i, i + step);
  }
}

}  // namespace linseed::kernels
