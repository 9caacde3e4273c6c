// Convolution over one to three spatial dimensions, channels last, and its two adjoints.
#pragma once

#include <linseed/framework/core/fields.h>
#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/window.h>

namespace linseed::kernels {

/// convolution(x [n,spatial…,c], kernel [spatial…,c/groups,f]) -> y [n,spatial…,f]:
/// cross-correlation. With i, p over the spatial dimensions and g = ⌊f · groups / features⌋,
///   y[n,i,f] = Σ_{p,c} x[n, i·stride + p·dilation − pad_low, g · channels / groups + c]
///              · kernel[p,c,f].
struct ConvolutionAttributes {
  Window window;
  Spatial input_size{};   // what the input gradient's output has
  Spatial kernel_size{};  // what the kernel gradient's output has
  std::int64_t groups = 1;

  static constexpr auto tree =
      fields<&ConvolutionAttributes::window, &ConvolutionAttributes::input_size,
             &ConvolutionAttributes::kernel_size, &ConvolutionAttributes::groups>;
  bool operator==(const ConvolutionAttributes&) const = default;
};
void convolution(const KernelCall& call);

/// convolution_input_gradient(dy, kernel) -> dx: the adjoint in x.
void convolution_input_gradient(const KernelCall& call);

/// convolution_kernel_gradient(x, dy) -> dkernel: the adjoint in the kernel. The batch is cut into
/// chunks by its size alone; each is summed in image order, the chunks in a fixed tree.
void convolution_kernel_gradient(const KernelCall& call);

}  // namespace linseed::kernels
