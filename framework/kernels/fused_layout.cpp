// How a fused kernel cuts its work into tiles, and where it keeps what it works on.
#include <algorithm>
#include <numeric>
#include <set>

#include <linseed/framework/kernels/caches.h>
#include <linseed/framework/kernels/compare_maxima.h>
#include <linseed/framework/kernels/fused.h>
#include <linseed/framework/kernels/operation_chains.h>
#include <linseed/framework/kernels/operation_pairs.h>

namespace linseed::kernels {
namespace {

/// A block of a sum is an item of work: longer ones would leave threads without any.
constexpr std::int64_t kMostElementsOfBlock = 16 * kTile;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// The last operation that reads each value; −1 if none does. What is summed, or copied to an
/// output when the tile is done, is read after all.
std::vector<int> last_readers(const Fusion& fusion) {
  std::vector<int> last(fusion.inputs.size() + fusion.operations.size(), -1);
  const int count = static_cast<int>(fusion.operations.size());
  for (int i = 0; i < count; ++i) {
    for (const int value : fusion.operations[index(i)].operands) last[index(value)] = i;
  }
  for (const int value : fusion.sums) last[index(value)] = count;
  return last;
}

/// What the loop of each operation fetches: the whole inputs that none before it reads, and its
/// result if that is an output.
std::vector<unsigned> fetched_by(const FusedLayout& layout) {
  const Fusion& fusion = layout.joined;
  std::vector<unsigned> fetched(fusion.operations.size(), 0);
  if (fusion.shape.size() < kLongElements) return fetched;
  std::vector<bool> is_read(fusion.inputs.size(), false);
  for (std::size_t i = 0; i < fetched.size(); ++i) {
    const std::vector<int>& operands = fusion.operations[i].operands;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const std::size_t value = index(operands[k]);
      if (value >= is_read.size() || is_read[value]) continue;
      is_read[value] = true;
      if (layout.inputs[value].is_whole()) fetched[i] |= 1U << k;
    }
    if (layout.places[is_read.size() + i].output >= 0) fetched[i] |= Operands::kOutput;
  }
  return fetched;
}

/// Sums are written after all tiles, so only the other outputs can be in the way. One that takes
/// the place of an input may be in the way of another input, too, which is the same memory in
/// another shape.
std::vector<FusedLayout::Overlap> possible_overlaps(const Fusion& fusion,
                                                    const std::vector<int>& last_reader) {
  std::vector<FusedLayout::Overlap> overlaps;
  const int inputs = static_cast<int>(fusion.inputs.size());
  for (int k = 0; k < static_cast<int>(fusion.outputs.size()); ++k) {
    const int writer = fusion.outputs[index(k)] - inputs;
    const std::size_t element = size_of(fusion.operations[index(writer)].result);
    for (int i = 0; i < inputs; ++i) {
      const TensorSpec& input = fusion.inputs[index(i)];
      const bool is_as_long = input.shape.size() == fusion.shape.size();
      if (is_as_long && size_of(input.dtype) == element && last_reader[index(i)] > writer) {
        overlaps.push_back({k, i});
      }
    }
  }
  return overlaps;
}

/// Gives blocks to all values that need one. The block of a value that is read for the last time
/// serves again, at once if the elements of the result are as large.
class BlockPlanner {
 public:
  BlockPlanner(const Fusion& fusion, const std::vector<int>& last_reader, FusedLayout& layout)
      : fusion_(fusion), last_reader_(last_reader), layout_(layout) {}

  void place() {
    for (std::size_t i = 0; i < layout_.inputs.size(); ++i) {
      if (!layout_.inputs[i].is_whole()) layout_.places[i].block = take();
    }
    for (int i = 0; i < static_cast<int>(fusion_.operations.size()); ++i) place_result(i);
  }

 private:
  int take() {
    if (free_.empty()) return layout_.blocks++;
    const int block = free_.back();
    free_.pop_back();
    return block;
  }

  bool needs_block(const FusedLayout::Place& place) const {
    const auto overlaps = [&](const FusedLayout::Overlap& o) { return o.output == place.output; };
    return place.output < 0 || std::ranges::any_of(layout_.overlaps, overlaps);
  }

  void place_result(int i) {
    const FusedOperation& operation = fusion_.operations[index(i)];
    FusedLayout::Place& place = layout_.places[layout_.inputs.size() + index(i)];
    std::set<int> dying;
    for (std::size_t k = 0; k < operation.operands.size(); ++k) {
      const int value = operation.operands[k];
      const int block = layout_.places[index(value)].block;
      const bool is_input = index(value) < layout_.inputs.size();
      if (is_input || block < 0 || last_reader_[index(value)] != i) continue;
      const DType type = layout_.operand_types[index(i)][k];
      const bool is_as_large = size_of(type) == size_of(operation.result);
      if (is_as_large && place.block < 0 && needs_block(place)) {
        place.block = block;
      } else if (block != place.block) {
        dying.insert(block);
      }
    }
    if (place.block < 0 && needs_block(place)) place.block = take();
    free_.insert(free_.end(), dying.begin(), dying.end());
  }

  const Fusion& fusion_;
  const std::vector<int>& last_reader_;
  FusedLayout& layout_;
  std::vector<int> free_;
};

}  // namespace

bool can_sum_fused(const TensorSpec& summands, const std::vector<int>& axes) {
  if (!is_floating(summands.dtype) || size_of(summands.dtype) < sizeof(float)) return false;
  const Reduction reduction = plan_reduction(summands.shape, axes);
  return reduction.outer == 1 && reduction.tiles == 1 && reduction.run == 1 &&
         reduction.extent > 1 && reduction.item_size() <= kMostElementsOfBlock;
}

FusedLayout::FusedLayout(const Fusion& what)
    : FusedLayout(what, kTilesPerItem * tile_length(row_length(what.shape))) {}

FusedLayout::FusedLayout(const Fusion& what, std::int64_t elements)
    : joined(in_pairs(in_chains(compare_maxima(what)))),
      tile(tile_length(row_length(joined.shape))),
      item(elements) {
  if (!joined.sums.empty()) {  // an item is a block of the sums, its tiles whole rows of theirs
    reduction = plan_reduction(joined.shape, joined.axes);
    item = reduction.block * reduction.columns;
    tile = std::min(tile_length(reduction.columns * reduction.chains), item);
  }
  std::vector<DType> types;
  for (const TensorSpec& input : joined.inputs) {
    // Tiles begin at multiples of both.
    inputs.emplace_back(input.shape, input.dtype, joined.shape, std::gcd(tile, item));
    types.push_back(input.dtype);
  }
  for (const FusedOperation& operation : joined.operations) {
    auto& operands = operand_types.emplace_back();
    for (const int value : operation.operands) operands.push_back(types[index(value)]);
    types.push_back(operation.result);
  }
  places.resize(types.size());
  std::vector<int> last_reader = last_readers(joined);
  overlaps = possible_overlaps(joined, last_reader);
  for (int k = 0; k < static_cast<int>(joined.outputs.size()); ++k) {
    places[index(joined.outputs[index(k)])].output = k;
  }
  fetched = fetched_by(*this);
  for (const Overlap& overlap : overlaps) {
    last_reader[index(joined.outputs[index(overlap.output)])] =
        static_cast<int>(joined.operations.size());
  }
  BlockPlanner(joined, last_reader, *this).place();
}

}  // namespace linseed::kernels
