// Kernels that move elements and compute nothing.
#pragma once

#include <vector>

#include <linseed/framework/core/fields.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// Output dimension i is input dimension permutation[i].
struct TransposeAttributes {
  std::vector<int> permutation;

  static constexpr auto tree = fields<&TransposeAttributes::permutation>;
  bool operator==(const TransposeAttributes&) const = default;
};
void transpose(const KernelCall& call);

/// The output's shape: of a broadcast, and of a reshape, which needs no kernel.
struct ReshapeAttributes {
  Shape shape;

  static constexpr auto tree = fields<&ReshapeAttributes::shape>;
  bool operator==(const ReshapeAttributes&) const = default;
};

/// NumPy's broadcast of input 0 to that shape.
void broadcast(const KernelCall& call);

/// `size` elements start, start + stride, … of each dimension. stride ≥ 1.
struct SliceAttributes {
  std::vector<std::int64_t> start;
  std::vector<std::int64_t> stride;
  std::vector<std::int64_t> size = {};  // the output's shape

  static constexpr auto tree =
      fields<&SliceAttributes::start, &SliceAttributes::stride, &SliceAttributes::size>;
  bool operator==(const SliceAttributes&) const = default;
};
void slice(const KernelCall& call);

/// Zeros around and between the elements of input 0: per dimension `low` before the first, `high`
/// after the last, `interior` between neighbours. All are ≥ 0.
struct PadAttributes {
  std::vector<std::int64_t> low;
  std::vector<std::int64_t> high;
  std::vector<std::int64_t> interior;

  static constexpr auto tree =
      fields<&PadAttributes::low, &PadAttributes::high, &PadAttributes::interior>;
  bool operator==(const PadAttributes&) const = default;
};
void pad(const KernelCall& call);

/// All inputs one after the other along `axis`.
struct ConcatenateAttributes {
  int axis;

  static constexpr auto tree = fields<&ConcatenateAttributes::axis>;
  bool operator==(const ConcatenateAttributes&) const = default;
};
void concatenate(const KernelCall& call);

/// Copies input 0: what shares a buffer elsewhere, where the buffer may not be shared.
void copy(const KernelCall& call);

}  // namespace linseed::kernels
