// The adjoint of a convolution in its kernel.
#pragma once

#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/taps.h>

namespace linseed::kernels {

/// dkernel[place, c, f] = Σ over images n and positions p of
///   x[n, stride · p + offset of the place, g · channels / groups + c] · dy[n, p, f],
/// for the group g of f: images [spatial…, channels], dkernel [places, channels / groups,
/// features]. Summed as by sum_over_batch, some images at a time.
struct KernelCorrelation {
  TapAxes axes;
  Spatial window_size;
  Spatial input_size;   // of x
  Spatial output_size;  // of dy
  std::int64_t images;
  std::int64_t groups;
  std::int64_t channels;
  std::int64_t features;

  /// `dy` may be read one vector beyond its end.
  template <class T>
  void compute(const KernelCall& call, const T* x, const T* dy, T* dkernel) const;
};

}  // namespace linseed::kernels
