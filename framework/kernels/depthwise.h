// Depthwise convolution: each feature reads one channel, so there is no product of matrices in it,
// but the features lie side by side and move through vector instructions.
#pragma once

#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/window.h>

namespace linseed::kernels {

/// x [images, input_size…, channels], kernel [window_size…, channels · multiplier], y [images,
/// output_size…, channels · multiplier]; feature f reads channel ⌊f / multiplier⌋.
struct Depthwise {
  Window window;
  Spatial window_size;
  Spatial input_size;
  Spatial output_size;
  std::int64_t images;
  std::int64_t channels;
  std::int64_t multiplier;

  std::int64_t features() const { return channels * multiplier; }

  /// y = conv(x, kernel)
  template <class T>
  void convolve(const KernelCall& call, const T* x, const T* kernel, T* y) const;
  /// dx = the adjoint in x
  template <class T>
  void gradient_of_input(const KernelCall& call, const T* dy, const T* kernel, T* dx) const;
  /// dkernel = the adjoint in the kernel, summed as by sum_over_batch
  template <class T>
  void gradient_of_kernel(const KernelCall& call, const T* x, const T* dy, T* dkernel) const;
};

}  // namespace linseed::kernels
