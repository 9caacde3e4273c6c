// The transposed convolution layer.
#pragma once

#include <linseed/framework/module/module.h>
#include <linseed/framework/ops/convolution.h>

namespace linseed::nn {

/// Transposed (fractionally strided) convolution, which enlarges: a convolution with stride 1 of x
/// with `strides` − 1 zeros between its neighbours, over one to three spatial dimensions, as many
/// as `kernel_size` has, channels last.
///   x [n, spatial…, in] -> y [n, out…, features]; or one example of each, without n
///   params: "kernel" kernel_size + [in, features]; "bias" [features] if `bias`
/// The kernel is neither turned round nor are its channels swapped: it is used as Conv would (the
/// gradient of a Conv in its input has that Conv's kernel turned round and its channels swapped).
/// The padding is of x with its zeros, with size d, stride s and the kernel's extent k, counted
/// with the gaps of its dilation:
///   SAME   out = d · s; before = k − 1 if s > k − 1, else ⌈(k + s − 2) / 2⌉
///   VALID  out = d · s + max(k − s, 0); before = k − 1
///   pairs  as they are; out = (d − 1) · s + 2 + before + after − k
/// Computes in `dtype`, to which x and the parameters are converted.
struct ConvTranspose final : Module<ConvTranspose> {
  Required<int> features;
  Required<Shape> kernel_size;
  Shape strides = {};  // none: 1 in each dimension, and so for the dilation
  Padding padding = "SAME";
  Shape kernel_dilation = {};
  bool bias = true;
  DType dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();

  /// InvalidArgument for an x of another rank, for sizes below 1, and for sizes that do not fit
  /// each other.
  Tensor apply(const Tensor& x) const;
};

}  // namespace linseed::nn
