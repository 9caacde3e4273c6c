// Convolutions to try: shapes that belong together.
#pragma once

#include <array>
#include <utility>

#include <linseed/framework/kernels/convolution.h>
#include <linseed/framework/kernels/correlation.h>

namespace linseed::test {

using kernels::ConvolutionAttributes;
using kernels::Spatial;
using kernels::spatial_sizes;
using kernels::Window;

struct Case {
  Shape x;
  Shape kernel;
  Shape y;
  ConvolutionAttributes attributes;
};

/// Shapes with one to three spatial dimensions; `window` over the last of three.
inline Case make_case(Shape x, Shape kernel, Window window, std::int64_t groups = 1) {
  const int last = x.ndim() - 1;
  const Spatial size = spatial_sizes(x, 1, 1), kernel_size = spatial_sizes(kernel, 0, 2);
  Spatial positions{};
  for (std::size_t d = 0; d < 3; ++d) {
    const std::int64_t extent = (kernel_size[d] - 1) * window.dilation[d] + 1;
    positions[d] =
        (size[d] + window.pad_low[d] + window.pad_high[d] - extent) / window.stride[d] + 1;
  }
  Shape y{x[0]};
  for (int i = 1; i < last; ++i) y.push_back(positions[static_cast<std::size_t>(3 - last + i)]);
  y.push_back(kernel[last]);
  return {std::move(x), std::move(kernel), std::move(y), {window, size, kernel_size, groups}};
}

/// The convolution as a correlation.
inline kernels::Correlation correlation_of(const Case& c) {
  const auto& [window, input_size, window_size, groups] = c.attributes;
  const Spatial positions = spatial_sizes(c.y, 1, 1);
  const int last = c.x.ndim() - 1;
  return {{kernels::convolution_taps(window, window_size, positions)},
          window_size,
          input_size,
          positions,
          c.x[0],
          groups,
          c.x[last],
          c.y[last]};
}

/// Its adjoint in x.
inline kernels::Correlation adjoint_correlation_of(const Case& c) {
  const auto& [window, input_size, window_size, groups] = c.attributes;
  const int last = c.x.ndim() - 1;
  return {kernels::adjoint_taps(window, window_size, input_size),
          window_size,
          spatial_sizes(c.y, 1, 1),
          input_size,
          c.x[0],
          groups,
          c.y[last],
          c.x[last]};
}

/// A window that moves over two dimensions.
inline Window over_plane(std::array<std::int64_t, 2> stride, std::array<std::int64_t, 2> low,
                         std::array<std::int64_t, 2> high) {
  return {.stride = {1, stride[0], stride[1]},
          .pad_low = {0, low[0], low[1]},
          .pad_high = {0, high[0], high[1]}};
}

}  // namespace linseed::test
