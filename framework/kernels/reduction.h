// How reductions see a tensor: outputs, their summands, and the blocks that fix the order of sums.
#pragma once

#include <algorithm>
#include <vector>

#include <linseed/framework/kernels/caches.h>
#include <linseed/framework/kernels/row_folds.h>
#include <linseed/framework/kernels/strided.h>

namespace linseed::kernels {

/// A reduction. Neighbouring outputs, its `columns`, are reduced together, row by row, where a row
/// has `run` neighbouring summands of each:
///   the innermost dimension of more than one element stays: they are the columns, run = 1;
///   it is reduced, and short: it is the run, and the columns are the dimension around it;
///   it is reduced, and long: columns = run = 1.
/// Where a row has few elements, several make one: each column and place of the run has
/// `chains` sums. All chains of a column are joined at the end of a block.
/// Operand 0 of both spaces is the input.
struct Reduction {
  StridedSpace kept;     // the dimensions that stay, without the columns
  StridedSpace reduced;  // the dimensions that go, without the run
  std::int64_t outer;    // points of `kept`
  std::int64_t extent;   // points of `reduced`: rows
  std::int64_t columns;
  std::int64_t run;
  std::int64_t chains;  // a power of two; more than one only where all rows are neighbours
  std::int64_t block;   // rows from one block of the tree; only the shape decides it
  std::int64_t blocks;  // ≥ 1
  std::int64_t tile;    // the columns in pieces of so many ...
  std::int64_t tiles;   // ... are these

  /// Elements of an item, at most.
  std::int64_t item_size() const { return std::min(block, extent) * std::min(tile, columns) * run; }
};

/// Chains of an item, at most.
inline constexpr std::int64_t kTileElements = 512;

Reduction plan_reduction(const Shape& input, const std::vector<int>& axes);

/// One piece of work: rows [first, last) of `width` columns.
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

/// Calls add(rows) for what a plane of an item has, in order. `x` is the item's first element.
template <class T, class Add>
void for_each_rows(const Reduction& reduction, const ReductionItem& item, const Plane& plane,
                   const T* x, const Add& add) {
  const std::int64_t width = item.width * reduction.run, joined = width * reduction.chains;
  const T* start = x + plane.offset[0];
  const std::int64_t elements =
      reduction.outer * reduction.extent * reduction.columns * reduction.run;
  // Behind the last row may lie what others read.
  const auto ahead = [&](std::int64_t rows, std::int64_t stride) {
    const std::int64_t distance =
        std::max<std::int64_t>(8, kElementsAhead / std::max<std::int64_t>(stride, 1));
    return elements >= kLongElements && rows > distance ? distance * stride : 0;
  };
  for (std::int64_t row = 0; row < plane.rows; ++row, start += plane.row_stride[0]) {
    if (reduction.chains == 1) {
      add(Rows<T>{start, plane.length, plane.stride[0], width,
                  ahead(plane.length, plane.stride[0])});
      continue;
    }
    const std::int64_t count = plane.length / reduction.chains;
    const std::int64_t rest = plane.length % reduction.chains;
    if (count > 0) add(Rows<T>{start, count, joined, joined, ahead(count, joined)});
    if (rest > 0) add(Rows<T>{start + count * joined, 1, 0, rest * width});
  }
}

/// result[i] = fold of the `run` neighbours from runs[i · run] on, i < width.
template <class T>
void fold_runs(Fold fold, const T* runs, std::int64_t run, std::int64_t width, T* result) {
  T by_place[kTileElements];
  for (std::int64_t place = 0; place < run; ++place) {
    T* const row = place == 0 ? result : by_place + place * width;
    for (std::int64_t i = 0; i < width; ++i) row[i] = runs[i * run + place];
  }
  fold_rows(fold, {by_place + width, run - 1, width, width}, result);
}

/// result[i] = fold of all chains of column i of an item, which are used up.
template <class T>
void join_chains(const Reduction& reduction, const ReductionItem& item, Fold fold, T* chains,
                 T* result) {
  fold_halves(fold, chains, reduction.chains, item.width * reduction.run);
  fold_runs(fold, chains, reduction.run, item.width, result);
}

/// Joins `count` neighbours two by two, the results two by two, and so on; join(i, j) adds j to i.
/// The result is in 0.
template <class Join>
void pairwise(std::int64_t count, const Join& join) {
  for (std::int64_t step = 1; step < count; step *= 2) {
    for (std::int64_t i = 0; i + step < count; i += 2 * step) join(i, i + step);
  }
}

/// out [outer, columns] = fold of the results of all blocks, `partial` [outer, blocks, columns],
/// which are used up.
template <class T>
void join_blocks(const KernelCall& call, const Reduction& reduction, Fold fold, T* partial,
                 T* out) {
  const std::int64_t columns = reduction.columns;
  const double cost = 0.5 * static_cast<double>(reduction.blocks * columns);
  call.parallel_for(reduction.outer, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t outer = begin; outer < end; ++outer) {
      T* blocks = partial + outer * reduction.blocks * columns;
      pairwise(reduction.blocks, [&](std::int64_t i, std::int64_t j) {
        fold_rows(fold, Rows<T>{blocks + j * columns, 1, 0, columns}, blocks + i * columns);
      });
      std::copy_n(blocks, columns, out + outer * columns);
    }
  });
}

}  // namespace linseed::kernels
