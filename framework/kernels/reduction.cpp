// How reductions see a tensor.
#include <linseed/framework/kernels/reduction.h>

#include <algorithm>

namespace linseed::kernels {
namespace {

/// Runs that are no longer are places of a row.
constexpr std::int64_t kShortRun = 32;
/// Chains are this short because their rounding adds up; the tree above adds little.
constexpr std::int64_t kChain = 128;
/// How many of `rows` rows of `width` elements make one: enough for a tile, and, of elements that
/// do not fill a vector, for whole vectors.
std::int64_t chains_for(std::int64_t width, std::int64_t rows) {
  std::int64_t chains = width < kLanes ? kLanes : 1;
  while (width > 0 && chains * width < kTileLanes) chains *= 2;
  while (chains > rows) chains /= 2;
  return chains;
}

}  // namespace

Reduction plan_reduction(const Shape& input, const std::vector<int>& axes) {
  Reduction reduction{.columns = 1, .run = 1};
  const std::vector<std::int64_t> strides = row_major_strides(input);
  for (int i = 0; i < input.ndim(); ++i) {
    const bool is_reduced = std::binary_search(axes.begin(), axes.end(), i);
    StridedSpace& space = is_reduced ? reduction.reduced : reduction.kept;
    space.push_back({input[i], {strides[static_cast<std::size_t>(i)]}});
  }
  collapse(reduction.kept);
  collapse(reduction.reduced);
  const std::int64_t last = reduction.reduced.back().size;
  if (reduction.kept.back().stride[0] != 1 && reduction.kept.back().size > 1 && last > 1 &&
      last <= kShortRun) {
    reduction.run = last;
    reduction.reduced.pop_back();
    collapse(reduction.reduced);
  }
  if (reduction.kept.back().stride[0] == reduction.run) {
    reduction.columns = reduction.kept.back().size;
    reduction.kept.pop_back();
    collapse(reduction.kept);
  }
  reduction.outer = point_count(reduction.kept);
  reduction.extent = point_count(reduction.reduced);
  reduction.chains =
      reduction.extent > 1 ? chains_for(reduction.columns * reduction.run, reduction.extent) : 1;
  reduction.block = kChain * reduction.chains;
  reduction.blocks =
      std::max<std::int64_t>(1, (reduction.extent + reduction.block - 1) / reduction.block);
  reduction.tile = kTileElements / reduction.run;
  reduction.tiles = (reduction.columns + reduction.tile - 1) / reduction.tile;
  return reduction;
}

std::int64_t item_count(const Reduction& reduction) {
  return reduction.outer * reduction.blocks * reduction.tiles;
}

ReductionItem item_at(const Reduction& reduction, std::int64_t index) {
  ReductionItem item{};
  item.column = index % reduction.tiles * reduction.tile;
  item.width = std::min(reduction.tile, reduction.columns - item.column);
  index /= reduction.tiles;
  item.block = index % reduction.blocks;
  item.first = item.block * reduction.block;
  item.last = std::min(item.first + reduction.block, reduction.extent);
  item.outer = index / reduction.blocks;
  item.offset =
      plane_at(reduction.kept, item.outer, item.outer + 1).offset[0] + item.column * reduction.run;
  return item;
}

}  // namespace linseed::kernels
