// Depthwise convolution: each feature reads one channel, so there is no product of matrices in it,
// but the channels lie side by side and move through vector instructions.
#pragma once

#include <linseed/framework/kernels/patches.h>

namespace linseed::kernels {

/// A band of output rows of one image. `x` and `dx` are the image [pixels, c], `y` and `dy` begin
/// at the band's first output, the kernel is [places, c · multiplier]; feature f reads channel ⌊f /
/// multiplier⌋.
template <class T>
struct DepthwiseBand {
  const PatchGrid& grid;
  std::int64_t multiplier;
  RowBand rows;

  /// y = conv(x, kernel)
  void convolve(const T* x, const T* kernel, T* y) const;
  /// dx += the adjoint in x
  void add_input_gradient(const T* dy, const T* kernel, T* dx) const;
  /// dkernel += the adjoint in the kernel
  void add_kernel_gradient(const T* x, const T* dy, T* dkernel) const;
};

}  // namespace linseed::kernels
