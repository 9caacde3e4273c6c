// A convolution, its adjoint in x and its adjoint in the kernel as sums over taps.
#pragma once

#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/taps.h>

namespace linseed::kernels {

/// output[n, taps' positions, f] = Σ over the taps inside of the input and c of
///   input[n, …, g · in_channels / groups + c] · kernel[place, c, f],
/// for the group g of f: images [spatial…, channels], and a kernel [places, in_channels / groups,
/// out_channels] whose places are numbered row-major over `window_size`.
struct Correlation {
  std::vector<TapAxes> parts;  // which together cover the output
  Spatial window_size;
  Spatial input_size;
  Spatial output_size;
  std::int64_t images;
  std::int64_t groups;
  std::int64_t in_channels;
  std::int64_t out_channels;

  /// As many images as together have so many positions in a box, on average: at least 1, at most
  /// `most`.
  std::int64_t images_with(std::int64_t positions_of_a_box, std::int64_t most) const;

  /// Each output is one chain of multiply-adds, over taps in ascending order and then channels. The
  /// kernel is [places, in_channels / groups, out_channels].
  template <class T>
  void compute(const KernelCall& call, const T* input, const T* kernel, T* output) const;

  /// The adjoint in the kernel: kernel = Σ over images and positions of input · output, summed as
  /// by sum_over_batch, some images at a time. `output` may be read one vector beyond its end.
  template <class T>
  void gradient_of_kernel(const KernelCall& call, const T* input, const T* output, T* kernel) const;
};

}  // namespace linseed::kernels
