// A tile of each value is so short that those of usual chains stay in a core's first-level cache,
// and so long that finding its loop is nothing beside running it. Each input is read from memory
// once and each output written once, whatever the number of operations.
#include <linseed/framework/kernels/fused_tiles.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace linseed::kernels {
namespace {

constexpr std::int64_t kMaxElementBytes = 8;
/// Between blocks of working memory, so that they do not all compete for the same cache lines.
constexpr std::int64_t kGap = 192;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

}  // namespace

std::vector<Array> inputs_around(const Fusion& fusion, int given, std::span<const Array> others) {
  std::vector<Array> inputs;
  for (int i = 0; i < static_cast<int>(fusion.inputs.size()); ++i) {
    const TensorSpec& spec = fusion.inputs[index(i)];
    inputs.push_back(i == given ? Array{nullptr, spec.shape, spec.dtype}
                                : others[index(i < given ? i : i - 1)]);
  }
  return inputs;
}

FusedTiles::FusedTiles(const FusedLayout& layout, std::span<const Array> inputs)
    : layout_(layout),
      fusion_(layout.joined),
      inputs_(inputs),
      block_bytes_(layout.tile * kMaxElementBytes + kGap) {
  loops_.reserve(fusion_.operations.size());
  bytes_.reserve(fusion_.outputs.size());
  for (std::size_t i = 0; i < fusion_.operations.size(); ++i) {
    const FusedOperation& operation = fusion_.operations[i];
    loops_.push_back(operation.loop({layout_.operand_types[i], operation.result}));
  }
  for (const int value : fusion_.outputs) {
    const FusedOperation& operation = fusion_.operations[index(value) - fusion_.inputs.size()];
    bytes_.push_back(static_cast<std::int64_t>(size_of(operation.result)));
  }
}

std::vector<FusedTiles::Part> FusedTiles::parts_of(std::span<const Array> outputs) {
  std::vector<Part> parts;
  for (const Array& output : outputs) parts.push_back({static_cast<std::byte*>(output.data)});
  return parts;
}

FusedTiles::Workspace FusedTiles::workspace(std::vector<Part> outputs) const {
  std::vector<int> late;
  for (const FusedLayout::Overlap& overlap : layout_.overlaps) {
    const bool is_known = std::ranges::find(late, overlap.output) != late.end();
    if (inputs_[index(overlap.input)].data == outputs[index(overlap.output)].data && !is_known) {
      late.push_back(overlap.output);
    }
  }
  return {std::move(outputs), std::move(late),
          Buffer(static_cast<std::size_t>(layout_.blocks * block_bytes_)),
          std::vector<const void*>(layout_.places.size())};
}

double FusedTiles::cost() const {
  double cost = 0.1 * static_cast<double>(inputs_.size() + bytes_.size());
  for (const ElementwiseLoop& loop : loops_) cost += loop.cost;
  return cost;
}

std::byte* FusedTiles::block(int number, Workspace& work) const {
  return static_cast<std::byte*>(work.memory.data()) + number * block_bytes_;
}

std::byte* FusedTiles::at(int output, std::int64_t first, const Workspace& work) const {
  const Part& part = work.outputs[index(output)];
  return part.data + (first - part.first) * bytes_[index(output)];
}

void FusedTiles::read_inputs(std::int64_t first, std::int64_t last, Workspace& work) const {
  for (std::size_t i = 0; i < layout_.inputs.size(); ++i) {
    const TiledInput& input = layout_.inputs[i];
    const void* const data = inputs_[i].data;
    if (static_cast<int>(i) == work.given) {
      work.values[i] = input.at(work.given_part.data, first - work.given_part.first);
    } else if (input.is_whole()) {
      work.values[i] = input.at(data, first);
    } else if (work.is_first || !input.is_same_in_each_tile()) {
      std::byte* const out = block(layout_.places[i].block, work);
      input.lay_out(data, first, last, out);
      work.values[i] = out;
    }
  }
  work.is_first = false;
}

void FusedTiles::compute(std::int64_t first, std::int64_t last, Workspace& work) const {
  read_inputs(first, last, work);
  const std::size_t inputs = layout_.inputs.size();
  const auto is_late = [&](int output) {
    return std::ranges::find(work.late, output) != work.late.end();
  };
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    const std::vector<int>& values = fusion_.operations[i].operands;
    Operands operands{.fetched = layout_.fetched[i]};
    for (std::size_t k = 0; k < values.size(); ++k) {
      operands[k] = work.values[index(values[k])];
      if (values[k] == work.given) operands.fetched &= ~(1U << k);  // it is in a cache
    }
    const FusedLayout::Place& place = layout_.places[inputs + i];
    const bool is_direct = place.output >= 0 && !is_late(place.output);
    const bool is_in_memory = is_direct && !work.outputs[index(place.output)].is_cached;
    if (!is_in_memory) operands.fetched &= ~Operands::kOutput;
    std::byte* const out = is_direct ? at(place.output, first, work) : block(place.block, work);
    loops_[i].run(last - first, out, operands);
    work.values[inputs + i] = out;
  }
}

void FusedTiles::store_late(std::int64_t first, std::int64_t last, const Workspace& work) const {
  for (const int output : work.late) {
    const void* const tile = work.values[index(fusion_.outputs[index(output)])];
    std::memcpy(at(output, first, work), tile,
                static_cast<std::size_t>((last - first) * bytes_[index(output)]));
  }
}

void FusedTiles::compute_all(std::int64_t first, std::int64_t last, Workspace& work) const {
  for (; first < last; first += layout_.tile) {
    const std::int64_t tile_end = std::min(first + layout_.tile, last);
    compute(first, tile_end, work);
    store_late(first, tile_end, work);
  }
}

}  // namespace linseed::kernels
