// Convolution over two spatial dimensions, channels last, and its two adjoints.
#pragma once

#include <array>

#include <linseed/framework/core/fields.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// The geometry of a sliding window over height and width.
struct Window {
  std::array<std::int64_t, 2> stride{1, 1};
  std::array<std::int64_t, 2> pad_low{0, 0};  // zeros before the first element
  std::array<std::int64_t, 2> pad_high{0, 0};

  /// The places of a window of `extent` along dimension `d` of `size` elements.
  std::int64_t places(std::size_t d, std::int64_t size, std::int64_t extent) const {
    const std::int64_t room = size + pad_low[d] + pad_high[d] - extent;
    return room < 0 ? 0 : room / stride[d] + 1;
  }

  static constexpr auto tree = fields<&Window::stride, &Window::pad_low, &Window::pad_high>;
  bool operator==(const Window&) const = default;
};

/// convolution(x [n,h,w,c], kernel [kh,kw,c,f]) -> y [n,oh,ow,f]: cross-correlation,
///   y[n,i,j,f] = Σ_{p,q,c} x[n, i·stride+p−pad_low, j·stride+q−pad_low, c] kernel[p,q,c,f].
struct ConvolutionAttributes {
  Window window;
  std::array<std::int64_t, 2> input_size{};   // h, w: what the input gradient's output has
  std::array<std::int64_t, 2> kernel_size{};  // kh, kw: what the kernel gradient's output has

  static constexpr auto tree =
      fields<&ConvolutionAttributes::window, &ConvolutionAttributes::input_size,
             &ConvolutionAttributes::kernel_size>;
  bool operator==(const ConvolutionAttributes&) const = default;
};
void convolution(const KernelCall& call);

/// convolution_input_gradient(dy [n,oh,ow,f], kernel) -> dx [n,h,w,c]: the adjoint in x.
void convolution_input_gradient(const KernelCall& call);

/// convolution_kernel_gradient(x, dy) -> dkernel [kh,kw,c,f]: the adjoint in the kernel. The batch
/// is cut into chunks by its size alone; each is summed in image order, the chunks in a fixed tree.
void convolution_kernel_gradient(const KernelCall& call);

}  // namespace linseed::kernels
