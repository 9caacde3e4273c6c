// Item by item of work, each some tiles long, or a block of the sums that are taken on the way.
#include <linseed/framework/kernels/fused.h>

#include <algorithm>

#include <linseed/framework/kernels/fused_sum.h>
#include <linseed/framework/kernels/fused_tiles.h>

namespace linseed::kernels {

void fused(const KernelCall& call) {
  const FusedLayout& layout = call.attributes_as<FusedAttributes>().layout;
  const Fusion& fusion = layout.joined;
  const FusedTiles tiles(layout, call.inputs);
  const auto outputs = call.outputs.first(fusion.outputs.size());
  std::vector<FusedSum> sums;
  sums.reserve(fusion.sums.size());
  for (const Array& output : call.outputs.subspan(outputs.size())) {
    sums.emplace_back(layout.reduction, output);
  }
  const std::int64_t size = fusion.shape.size();
  const std::int64_t items = (size + layout.item - 1) / layout.item;
  const double cost = tiles.cost() * static_cast<double>(std::min(size, layout.item));
  call.parallel_for(items, cost, [&](std::int64_t begin, std::int64_t end) {
    FusedTiles::Workspace work = tiles.workspace(FusedTiles::parts_of(outputs));
    std::vector<FusedSum::Chains> chains(sums.size());
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t item_end = std::min((item + 1) * layout.item, size);
      for (std::size_t k = 0; k < sums.size(); ++k) sums[k].begin_block(chains[k]);
      for (std::int64_t first = item * layout.item; first < item_end; first += layout.tile) {
        const std::int64_t last = std::min(first + layout.tile, item_end);
        tiles.compute(first, last, work);
        for (std::size_t k = 0; k < sums.size(); ++k) {
          const auto summands = static_cast<std::size_t>(fusion.sums[k]);
          sums[k].add(work.values[summands], last - first, chains[k]);
        }
        tiles.store_late(first, last, work);
      }
      for (std::size_t k = 0; k < sums.size(); ++k) sums[k].end_block(item, chains[k]);
    }
  });
  for (const FusedSum& sum : sums) sum.finish(call);
}

}  // namespace linseed::kernels
