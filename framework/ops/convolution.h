// Convolution over one to three spatial dimensions.
#pragma once

#include <linseed/framework/core/tensor.h>
#include <linseed/framework/ops/window.h>

namespace linseed {

/// The geometry of a convolution. Lists have one number, at least 1, for each spatial dimension;
/// an empty one means ones.
struct ConvolutionOptions {
  Shape strides = {};
  Padding padding = "SAME";    // of the dilated x, for the dilated kernel
  Shape input_dilation = {};   // d − 1 zeros between neighbours in x
  Shape kernel_dilation = {};  // d − 1 zeros between neighbours in the kernel
  std::int64_t groups = 1;     // of channels, and as many of features
};

/// Cross-correlation, channels last, over one, two or three spatial dimensions:
///   x [n,spatial…,c], kernel [size…,c/groups,f] -> y [n,out…,f]
/// In two dimensions, for a feature f of group g, whose channels begin with b = g · c/groups:
///   y[n,i,j,f] = Σ_{p,q,c'} x[n, i·s₀ + p·d₀ − before₀, j·s₁ + q·d₁ − before₁, b + c']
///                · kernel[p,q,c',f]
///   out = ⌊(size + before + after − ((k − 1) · d + 1)) / s⌋ + 1
/// where an input dilation e stretches size to (size − 1) · e + 1. Group g has the features from
/// g · f/groups on. As many groups as channels: a depthwise convolution.
/// Computes in the floating type in which x and the kernel meet. InvalidArgument for sizes that do
/// not fit, and for negative padding.
Tensor convolution(const Tensor& x, const Tensor& kernel, const ConvolutionOptions& options = {});

}  // namespace linseed
