// How reductions see a tensor.
#include <linseed/framework/kernels/reduction.h>

#include <algorithm>

namespace linseed::kernels {

Reduction plan_reduction(const Shape& input, const std::vector<int>& axes,
                         std::int64_t rows_per_block, std::int64_t run_per_block) {
  Reduction reduction{.columns = 1};
  const std::vector<std::int64_t> strides = row_major_strides(input);
  for (int i = 0; i < input.ndim(); ++i) {
    const bool is_reduced = std::binary_search(axes.begin(), axes.end(), i);
    StridedSpace& space = is_reduced ? reduction.reduced : reduction.kept;
    space.push_back({input[i], {strides[static_cast<std::size_t>(i)]}});
  }
  collapse(reduction.kept);
  collapse(reduction.reduced);
  if (reduction.kept.back().stride[0] == 1) {
    reduction.columns = reduction.kept.back().size;
    reduction.kept.pop_back();
    collapse(reduction.kept);
  }
  reduction.outer = point_count(reduction.kept);
  reduction.extent = point_count(reduction.reduced);
  reduction.block = reduction.is_by_columns() ? rows_per_block : run_per_block;
  reduction.blocks =
      std::max<std::int64_t>(1, (reduction.extent + reduction.block - 1) / reduction.block);
  reduction.tiles = (reduction.columns + kTileColumns - 1) / kTileColumns;
  return reduction;
}

std::int64_t item_count(const Reduction& reduction) {
  return reduction.outer * reduction.blocks * reduction.tiles;
}

ReductionItem item_at(const Reduction& reduction, std::int64_t index) {
  ReductionItem item{};
  item.column = index % reduction.tiles * kTileColumns;
  item.width = std::min(kTileColumns, reduction.columns - item.column);
  index /= reduction.tiles;
  item.block = index % reduction.blocks;
  item.first = item.block * reduction.block;
  item.last = std::min(item.first + reduction.block, reduction.extent);
  item.outer = index / reduction.blocks;
  item.offset = plane_at(reduction.kept, item.outer, item.outer + 1).offset[0] + item.column;
  return item;
}

}  // namespace linseed::kernels
