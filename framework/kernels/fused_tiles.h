// The operations of a fused kernel, one tile after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/fused.h>

namespace linseed::kernels {

/// The inputs of a fusion of which one, number `given`, is made on the way: it has no memory.
std::vector<Array> inputs_around(const Fusion& fusion, int given, std::span<const Array> others);

/// What a call computes, of some inputs.
class FusedTiles {
 public:
  FusedTiles(const FusedLayout& layout, std::span<const Array> inputs);

  /// Where a part of an output lies, from its element `first` on.
  struct Part {
    std::byte* data;
    std::int64_t first = 0;
    bool is_cached = false;  // the same few elements are written again and again
  };

  /// Whole outputs.
  static std::vector<Part> parts_of(std::span<const Array> outputs);

  /// What a thread works on: the parts that it writes, its blocks, and where the tile of each value
  /// is.
  struct Workspace {
    std::vector<Part> outputs;
    std::vector<int> late;  // outputs over inputs that are still to be read
    Buffer memory;
    std::vector<const void*> values;
    bool is_first = true;
    int given = -1;     // an input that lies elsewhere, ...
    Part given_part{};  // ... and the part of it that is there
  };
  /// Outputs over inputs begin where these do.
  Workspace workspace(std::vector<Part> outputs) const;

  /// The elements [first, last) of all results, at most a tile of them.
  void compute(std::int64_t first, std::int64_t last, Workspace& work) const;
  /// Writes those of the late outputs, when nobody reads the inputs of this tile any more.
  void store_late(std::int64_t first, std::int64_t last, const Workspace& work) const;
  /// Both, for as many elements as there are from a beginning of a tile on.
  void compute_all(std::int64_t first, std::int64_t last, Workspace& work) const;

  /// The work of an element, in ns.
  double cost() const;

 private:
  void read_inputs(std::int64_t first, std::int64_t last, Workspace& work) const;
  std::byte* at(int output, std::int64_t first, const Workspace& work) const;
  std::byte* block(int number, Workspace& work) const;

  const FusedLayout& layout_;
  const Fusion& fusion_;
  std::span<const Array> inputs_;
  std::vector<ElementwiseLoop> loops_;
  std::vector<std::int64_t> bytes_;  // of an element of each output
  std::int64_t block_bytes_;
};

}  // namespace linseed::kernels
