// Tile by tile: a tile of each value is so short that those of usual chains stay in a core's
// first-level cache, and so long that finding its loop is nothing beside running it. Each input is
// read from memory once and each output written once, whatever the number of operations.
#include <linseed/framework/kernels/fused.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/fused_sum.h>

namespace linseed::kernels {
namespace {

constexpr std::int64_t kMaxElementBytes = 8;
/// Between blocks of working memory, so that they do not all compete for the same cache lines.
constexpr std::int64_t kGap = 192;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// One call.
class FusedRun {
 public:
  explicit FusedRun(const KernelCall& call)
      : call_(call),
        layout_(call.attributes_as<FusedAttributes>().layout),
        fusion_(layout_.paired),
        size_(fusion_.shape.size()) {
    for (std::size_t i = 0; i < fusion_.operations.size(); ++i) {
      const FusedOperation& operation = fusion_.operations[i];
      loops_.push_back(operation.loop({layout_.operand_types[i], operation.result}));
    }
    for (const FusedLayout::Overlap& overlap : layout_.overlaps) {
      const void* const output = call.outputs[index(overlap.output)].data;
      const bool is_late = std::ranges::find(late_, overlap.output) != late_.end();
      if (call.inputs[index(overlap.input)].data == output && !is_late) {
        late_.push_back(overlap.output);
      }
    }
    const auto outputs = call.outputs.subspan(fusion_.outputs.size());
    sums_.reserve(outputs.size());
    for (const Array& output : outputs) sums_.emplace_back(layout_.reduction, output);
  }

  void run() const {
    double cost = 0.1 * static_cast<double>(call_.inputs.size() + call_.outputs.size());
    for (const ElementwiseLoop& loop : loops_) cost += loop.cost;
    const std::int64_t items = (size_ + layout_.item - 1) / layout_.item;
    call_.parallel_for(items, cost * static_cast<double>(std::min(size_, layout_.item)),
                       [&](std::int64_t begin, std::int64_t end) { run_items(begin, end); });
    for (const FusedSum& sum : sums_) sum.finish(call_);
  }

 private:
  /// What a thread works on: its blocks, and where the tile of each value is.
  struct Workspace {
    Buffer memory;
    std::int64_t block_bytes;
    std::vector<const void*> values;

    std::byte* block(int number) {
      return static_cast<std::byte*>(memory.data()) + number * block_bytes;
    }
  };

  void run_items(std::int64_t begin, std::int64_t end) const {
    const std::int64_t block_bytes = layout_.tile * kMaxElementBytes + kGap;
    Workspace work{Buffer(static_cast<std::size_t>(layout_.blocks * block_bytes)), block_bytes,
                   std::vector<const void*>(layout_.places.size())};
    std::vector<FusedSum::Chains> chains(sums_.size());
    bool is_first = true;
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t item_end = std::min((item + 1) * layout_.item, size_);
      for (std::size_t k = 0; k < sums_.size(); ++k) sums_[k].begin_block(chains[k]);
      for (std::int64_t first = item * layout_.item; first < item_end; first += layout_.tile) {
        const std::int64_t last = std::min(first + layout_.tile, item_end);
        read_inputs(first, last, std::exchange(is_first, false), work);
        compute(first, last, work);
        for (std::size_t k = 0; k < sums_.size(); ++k) {
          sums_[k].add(work.values[index(fusion_.sums[k])], last - first, chains[k]);
        }
      }
      for (std::size_t k = 0; k < sums_.size(); ++k) sums_[k].end_block(item, chains[k]);
    }
  }

  void read_inputs(std::int64_t first, std::int64_t last, bool is_first_tile,
                   Workspace& work) const {
    for (std::size_t i = 0; i < layout_.inputs.size(); ++i) {
      const TiledInput& input = layout_.inputs[i];
      const void* const data = call_.inputs[i].data;
      if (input.is_whole()) {
        work.values[i] = input.at(data, first);
      } else if (is_first_tile || !input.is_same_in_each_tile()) {
        std::byte* const out = work.block(layout_.places[i].block);
        input.lay_out(data, first, last, out);
        work.values[i] = out;
      }
    }
  }

  bool is_late(int output) const { return std::ranges::find(late_, output) != late_.end(); }

  std::byte* at(int output, std::int64_t first) const {
    const Array& array = call_.outputs[index(output)];
    return static_cast<std::byte*>(array.data) +
           first * static_cast<std::int64_t>(size_of(array.dtype));
  }

  void compute(std::int64_t first, std::int64_t last, Workspace& work) const {
    const std::size_t inputs = layout_.inputs.size();
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      const std::vector<int>& values = fusion_.operations[i].operands;
      Operands operands{};
      for (std::size_t k = 0; k < values.size(); ++k) operands[k] = work.values[index(values[k])];
      const FusedLayout::Place& place = layout_.places[inputs + i];
      const bool is_direct = place.output >= 0 && !is_late(place.output);
      std::byte* const out = is_direct ? at(place.output, first) : work.block(place.block);
      loops_[i].run(last - first, out, operands);
      work.values[inputs + i] = out;
    }
    for (const int output : late_) {
      const void* const tile = work.values[index(fusion_.outputs[index(output)])];
      const std::size_t bytes = size_of(call_.outputs[index(output)].dtype);
      std::memcpy(at(output, first), tile, static_cast<std::size_t>(last - first) * bytes);
    }
  }

  const KernelCall& call_;
  const FusedLayout& layout_;
  const Fusion& fusion_;
  std::int64_t size_;
  std::vector<ElementwiseLoop> loops_;
  std::vector<int> late_;  // outputs over inputs that are still to be read
  std::vector<FusedSum> sums_;
};

}  // namespace

void fused(const KernelCall& call) { FusedRun(call).run(); }

}  // namespace linseed::kernels
