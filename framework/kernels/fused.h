// Many element-wise operations in one pass over memory.
#pragma once

#include <string_view>
#include <vector>

#include <linseed/framework/core/shape.h>
#include <linseed/framework/kernels/elementwise_loop.h>
#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/reduction.h>
#include <linseed/framework/kernels/tiled_input.h>

namespace linseed::kernels {

/// One operation. Its operands are numbers of values: first those of the kernel's inputs, then the
/// results of the operations, in order.
struct FusedOperation {
  std::string_view name;
  FindLoop loop;
  std::vector<int> operands;
  DType result;

  bool operator==(const FusedOperation&) const = default;
};

/// What is computed.
struct Fusion {
  std::vector<TensorSpec> inputs;
  Shape shape;  // of all results; inputs broadcast to it as in NumPy
  std::vector<FusedOperation> operations;
  std::vector<int> outputs;  // the results that are the kernel's first outputs, ...
  std::vector<int> sums;     // ... and the values whose sums are the others
  std::vector<int> axes;     // of the sums

  bool operator==(const Fusion&) const = default;
};

/// How: all that depends on types alone, found once.
struct FusedLayout {
  /// Where a result's tile is: at its place in an output, or in a block of working memory. Both, if
  /// the output may lie in an input that is read after the result is made: then it is copied from
  /// the block when the tile is done.
  struct Place {
    int output = -1;
    int block = -1;
  };
  struct Overlap {
    int output;
    int input;
  };

  Fusion joined;  // what is run: some operations are one
  std::int64_t tile = 0;
  std::int64_t item = 0;  // of work; its last tile may be shorter
  std::vector<TiledInput> inputs;
  std::vector<std::vector<DType>> operand_types;  // of each operation
  std::vector<unsigned> fetched;                  // Operands::fetched of each operation
  std::vector<Place> places;                      // of each value
  std::vector<Overlap> overlaps;                  // that there may be
  int blocks = 0;
  Reduction reduction = {};  // of the sums

  FusedLayout() = default;
  explicit FusedLayout(const Fusion& what);
  /// With items of so many elements, unless there are sums: their blocks are the items then.
  FusedLayout(const Fusion& what, std::int64_t elements);
};

struct FusedAttributes {
  Fusion fusion;
  FusedLayout layout;

  explicit FusedAttributes(Fusion what) : fusion(std::move(what)), layout(fusion) {}
  bool operator==(const FusedAttributes& other) const { return fusion == other.fusion; }
};

/// Whether a tensor of that type can be summed over these axes on the way: its rows are read one
/// after the other, and are so short that threads can share them.
bool can_sum_fused(const TensorSpec& summands, const std::vector<int>& axes);

/// Computes the operations in order, some of them together in one loop. The bits are those of the
/// operations one after the other, but for which of two NaNs is passed on.
void fused(const KernelCall& call);

}  // namespace linseed::kernels
