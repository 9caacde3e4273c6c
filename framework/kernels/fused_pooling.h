// Pooling of what is computed element by element on the way.
#pragma once

#include <vector>

#include <linseed/framework/kernels/fused.h>
#include <linseed/framework/kernels/pooling.h>
#include <linseed/framework/kernels/window_lines.h>

namespace linseed::kernels {

/// A fusion without sums, one of whose outputs is pooled instead of kept.
struct FusedPoolingAttributes {
  Fusion fusion;
  PoolingAttributes pooling;
  int pooled;                 // which output
  std::vector<int> selected;  // inputs of its size and type that are read where the maxima stand
  FusedLayout layout;

  FusedPoolingAttributes(Fusion what, const PoolingAttributes& by, int which,
                         std::vector<int> also = {});
  bool operator==(const FusedPoolingAttributes& other) const {
    return fusion == other.fusion && pooling == other.pooling && pooled == other.pooled &&
           selected == other.selected;
  }
};

/// Whether x [n,spatial…,c] can be pooled so: the windows cut it up, so that each element is in one
/// of them, and what a line of them reads lies together and stays in a cache.
bool can_pool_fused(const Shape& x, const PoolingAttributes& pooling);

/// What a line of windows reads then, in elements.
inline std::int64_t band_of(const Shape& x, const PoolingAttributes& pooling) {
  return pooling.window_size[1] * pooling.input_size[2] * x[x.ndim() - 1];
}

/// A line of windows over an image of which there is only what the line reads.
inline WindowLine at_start(WindowLine line) {
  line.input = 0;
  return line;
}

/// What max_pool gives, max_pool_select of `selected`, and the other outputs of the fusion.
void fused_max_pool(const KernelCall& call);
/// What sum_pool gives, and so on.
void fused_sum_pool(const KernelCall& call);

}  // namespace linseed::kernels
