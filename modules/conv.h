// The convolution layer.
#pragma once

#include <linseed/framework/module/module.h>
#include <linseed/framework/ops/convolution.h>

namespace linseed::nn {

/// Cross-correlation over two spatial dimensions, channels last (see linseed::convolution).
///   x [n, h, w, in], or one example [h, w, in] -> y [n, oh, ow, features], or [oh, ow, features]
///   params: "kernel" kernel_size + [in, features]; "bias" [features] if `bias`
/// Computes in `dtype`, to which x and the parameters are converted.
struct Conv final : Module<Conv> {
  Required<int> features;
  Required<Shape> kernel_size;
  Shape strides = {};  // none: 1 in each dimension
  Padding padding = "SAME";
  bool bias = true;
  DType dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();

  /// InvalidArgument for an x of another rank; NotSupported for other than two spatial dimensions.
  Tensor apply(const Tensor& x) const;
};

}  // namespace linseed::nn
