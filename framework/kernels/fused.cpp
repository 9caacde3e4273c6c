// Tile by tile: a tile of each value is so short that those of usual chains stay in a core's
// first-level cache, and so long that finding its loop is nothing beside running it. Each input is
// read from memory once and each output written once, whatever the number of operations.
#include <linseed/framework/kernels/fused.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>
#include <utility>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/fused_sum.h>
#include <linseed/framework/kernels/tiled_input.h>

namespace linseed::kernels {
namespace {

constexpr std::int64_t kTile = 1024;
constexpr std::int64_t kTilesPerItem = 4;
/// A block of a sum is an item of work: longer ones would leave threads without any.
constexpr std::int64_t kMostElementsOfBlock = 16 * kTile;
constexpr std::int64_t kMaxElementBytes = 8;
/// Between blocks of working memory, so that they do not all compete for the same cache lines.
constexpr std::int64_t kGap = 192;

/// Elements of a tile: whole rows where these are short, so that what repeats in each row repeats
/// in each tile.
std::int64_t tile_length(std::int64_t row) { return row > kTile ? kTile : kTile / row * row; }

std::int64_t last_dim(const Shape& shape) {
  return shape.ndim() == 0 ? 1 : shape[shape.ndim() - 1];
}

/// Where a value's tile is: at its place in an output, or in a block of working memory.
struct Place {
  std::byte* output = nullptr;
  int block = -1;
};

/// What all tiles have in common.
class FusedRun {
 public:
  FusedRun(const KernelCall& call, const FusedAttributes& attributes)
      : attributes_(attributes),
        outputs_(call.outputs.first(attributes.outputs.size())),
        size_(attributes.shape.size()),
        tile_(tile_length(last_dim(attributes.shape))),
        item_(kTilesPerItem * tile_) {
    if (!attributes.sums.empty()) plan_sums(call.outputs.subspan(outputs_.size()));
    std::vector<DType> types;
    for (const Array& input : call.inputs) {
      inputs_.emplace_back(input, attributes.shape, std::gcd(tile_, item_));
      types.push_back(input.dtype);
    }
    for (const FusedOperation& operation : attributes_.operations) {
      std::vector<DType> operands;
      for (const int value : operation.operands) operands.push_back(types[index(value)]);
      loops_.push_back(operation.loop({operands, operation.result}));
      types.push_back(operation.result);
    }
    places_.resize(types.size());
    std::vector<int> last_reader = last_readers();
    place_outputs(last_reader);
    place_blocks(types, last_reader);
  }

  void run(const KernelCall& call) const {
    double cost = 0.1 * static_cast<double>(inputs_.size() + outputs_.size() + sums_.size());
    for (const ElementwiseLoop& loop : loops_) cost += loop.cost;
    const std::int64_t items = (size_ + item_ - 1) / item_;
    call.parallel_for(items, cost * static_cast<double>(std::min(size_, item_)),
                      [&](std::int64_t begin, std::int64_t end) { run_items(begin, end); });
    for (const FusedSum& sum : sums_) sum.finish(call);
  }

 private:
  static std::size_t index(int i) { return static_cast<std::size_t>(i); }
  std::int64_t block_bytes() const { return tile_ * kMaxElementBytes + kGap; }
  std::byte* block(std::byte* blocks, int number) const { return blocks + number * block_bytes(); }

  const FusedOperation& operation(int i) const { return attributes_.operations[index(i)]; }
  int input_count() const { return static_cast<int>(inputs_.size()); }
  int operation_count() const { return static_cast<int>(loops_.size()); }

  /// An item of work becomes a block of the sums, and its tiles whole rows of theirs.
  void plan_sums(std::span<const Array> outputs) {
    reduction_ = plan_reduction(attributes_.shape, attributes_.axes);
    const std::int64_t row = reduction_.columns * reduction_.chains;
    item_ = reduction_.block * reduction_.columns;
    tile_ = std::min(tile_length(row), item_);
    sums_.reserve(outputs.size());
    for (const Array& output : outputs) sums_.emplace_back(reduction_, output);
  }

  void run_items(std::int64_t begin, std::int64_t end) const {
    Buffer memory(static_cast<std::size_t>(blocks_ * block_bytes()));
    auto* const blocks = static_cast<std::byte*>(memory.data());
    std::vector<const void*> values(inputs_.size() + loops_.size());
    std::vector<FusedSum::Chains> chains(sums_.size());
    bool is_first = true;
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t item_end = std::min((item + 1) * item_, size_);
      for (std::size_t k = 0; k < sums_.size(); ++k) sums_[k].begin_block(chains[k]);
      for (std::int64_t first = item * item_; first < item_end; first += tile_) {
        const std::int64_t last = std::min(first + tile_, item_end);
        read_inputs(first, last, std::exchange(is_first, false), blocks, values);
        compute(first, last, blocks, values);
        for (std::size_t k = 0; k < sums_.size(); ++k) {
          sums_[k].add(values[index(attributes_.sums[k])], last - first, chains[k]);
        }
      }
      for (std::size_t k = 0; k < sums_.size(); ++k) sums_[k].end_block(item, chains[k]);
    }
  }

  /// The last operation that reads each value; −1 if none does.
  std::vector<int> last_readers() const {
    std::vector<int> last(inputs_.size() + loops_.size(), -1);
    for (int i = 0; i < operation_count(); ++i) {
      for (const int value : operation(i).operands) last[index(value)] = i;
    }
    for (const int value : attributes_.sums) last[index(value)] = operation_count();
    return last;
  }

  /// A result is written to its output at once, unless that is the memory of an input that is still
  /// to be read: then it is copied when the tile is done. Sums are written after all tiles.
  void place_outputs(std::vector<int>& last_reader) {
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      const int value = attributes_.outputs[k];
      const int writer = value - input_count();
      bool is_read_later = false;
      for (std::size_t i = 0; i < inputs_.size(); ++i) {
        is_read_later |= inputs_[i].data() == outputs_[k].data && last_reader[i] > writer;
      }
      if (is_read_later) {
        copied_.push_back(k);
        last_reader[index(value)] = operation_count();
      } else {
        places_[index(value)].output = static_cast<std::byte*>(outputs_[k].data);
      }
    }
  }

  /// Gives blocks to all other values that are made here. The block of a value that is read for the
  /// last time serves again, at once if the elements of the result are as large.
  void place_blocks(const std::vector<DType>& types, const std::vector<int>& last_reader) {
    std::vector<int> free;
    const auto take = [&] {
      if (free.empty()) return blocks_++;
      const int block = free.back();
      free.pop_back();
      return block;
    };
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!inputs_[i].is_whole()) places_[i].block = take();
    }
    for (int i = 0; i < operation_count(); ++i) {
      Place& place = places_[index(input_count() + i)];
      std::set<int> dying;
      for (const int value : operation(i).operands) {
        const int block = places_[index(value)].block;
        if (value < input_count() || block < 0 || last_reader[index(value)] != i) continue;
        const bool is_as_large = size_of(types[index(value)]) == size_of(operation(i).result);
        if (is_as_large && place.output == nullptr && place.block < 0) {
          place.block = block;
        } else if (block != place.block) {
          dying.insert(block);
        }
      }
      if (place.output == nullptr && place.block < 0) place.block = take();
      free.insert(free.end(), dying.begin(), dying.end());
    }
  }

  void read_inputs(std::int64_t first, std::int64_t last, bool is_first_tile, std::byte* blocks,
                   std::vector<const void*>& values) const {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const TiledInput& input = inputs_[i];
      if (input.is_whole()) {
        values[i] = input.at(first);
      } else if (is_first_tile || !input.is_same_in_each_tile()) {
        std::byte* const out = block(blocks, places_[i].block);
        input.lay_out(first, last, out);
        values[i] = out;
      }
    }
  }

  void compute(std::int64_t first, std::int64_t last, std::byte* blocks,
               std::vector<const void*>& values) const {
    const auto at = [=](std::byte* output, DType dtype) {
      return output + first * static_cast<std::int64_t>(size_of(dtype));
    };
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      const FusedOperation& operation = attributes_.operations[i];
      Operands operands{};
      for (std::size_t k = 0; k < operation.operands.size(); ++k) {
        operands[k] = values[index(operation.operands[k])];
      }
      const Place& place = places_[inputs_.size() + i];
      std::byte* const out =
          place.output != nullptr ? at(place.output, operation.result) : block(blocks, place.block);
      loops_[i].run(last - first, out, operands);
      values[inputs_.size() + i] = out;
    }
    for (const std::size_t k : copied_) {
      const Array& output = outputs_[k];
      std::memcpy(at(static_cast<std::byte*>(output.data), output.dtype),
                  values[index(attributes_.outputs[k])],
                  static_cast<std::size_t>(last - first) * size_of(output.dtype));
    }
  }

  const FusedAttributes& attributes_;
  std::span<const Array> outputs_;
  std::int64_t size_;
  std::int64_t tile_;
  std::int64_t item_;  // elements of an item of work, of which the last tile may be shorter
  Reduction reduction_;
  std::vector<FusedSum> sums_;
  std::vector<TiledInput> inputs_;
  std::vector<ElementwiseLoop> loops_;
  std::vector<Place> places_;        // of each value; of inputs only where they are laid out
  std::vector<std::size_t> copied_;  // outputs that are written when all inputs are read
  int blocks_ = 0;
};

}  // namespace

bool can_sum_fused(const TensorSpec& summands, const std::vector<int>& axes) {
  if (!is_floating(summands.dtype) || size_of(summands.dtype) < sizeof(float)) return false;
  const Reduction reduction = plan_reduction(summands.shape, axes);
  return reduction.outer == 1 && reduction.tiles == 1 && reduction.run == 1 &&
         reduction.extent > 1 && reduction.item_size() <= kMostElementsOfBlock;
}

void fused(const KernelCall& call) {
  const auto& attributes = call.attributes_as<FusedAttributes>();
  FusedRun(call, attributes).run(call);
}

void run_elementwise(const KernelCall& call, FindLoop find) {
  const Array& output = call.outputs[0];
  if (output.size() == 0) return;
  const int count = static_cast<int>(call.inputs.size());
  std::vector<int> operands(call.inputs.size());
  std::iota(operands.begin(), operands.end(), 0);
  const FusedAttributes attributes{.shape = output.shape,
                                   .operations = {{"", find, std::move(operands), output.dtype}},
                                   .outputs = {count}};
  FusedRun(call, attributes).run(call);
}

}  // namespace linseed::kernels
