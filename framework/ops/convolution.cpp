// Rows of convolution and its two adjoints, which are each other's derivatives.
#include <linseed/framework/ops/convolution.h>

#include <algorithm>

#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/kernels/convolution.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/types_internal.h>
#include <linseed/framework/ops/window_internal.h>

namespace linseed {
namespace {

using kernels::ConvolutionAttributes;
using kernels::spatial_sizes;

void check_floating(Specs in, std::string_view who) {
  for (const TensorSpec& spec : in) {
    const int ndim = spec.shape.ndim();
    if (!is_floating(spec.dtype) || ndim < 3 || ndim > 5 || ndim != in[0].shape.ndim()) {
      throw InvalidArgument("{}: floating tensors with 3 to 5 dimensions were expected, got {}",
                            who, spec);
    }
  }
}

/// Both sides of an error.
std::string both(const TensorSpec& x, const TensorSpec& kernel) {
  return fmt::format("x {}, kernel {}", x, kernel);
}

/// That the channels of x meet those of the kernel, in each of the groups.
void check_channels(const TensorSpec& x, const TensorSpec& kernel, std::int64_t groups) {
  const int last = x.shape.ndim() - 1;
  const std::int64_t channels = x.shape[last];
  const std::int64_t features = kernel.shape[last];
  if (groups < 1) throw InvalidArgument("conv: {} feature groups; at least 1 is needed", groups);
  if (channels % groups != 0) {
    throw InvalidArgument("conv: {} input channels do not divide into {} feature groups; {}",
                          channels, groups, both(x, kernel));
  }
  if (features % groups != 0) {
    throw InvalidArgument("conv: {} features do not divide into {} feature groups; {}", features,
                          groups, both(x, kernel));
  }
  const std::int64_t expected = kernel.shape[last - 1];
  if (channels / groups != expected) {
    const std::string per_group = groups == 1 ? "" : fmt::format(" in each of {} groups", groups);
    throw InvalidArgument("conv: kernel expects {} input channels{}, got {}; {}", expected,
                          per_group, channels / groups, both(x, kernel));
  }
}

std::vector<TensorSpec> forward_type(Specs in, const Attributes& a) {
  check_floating(in, "convolution");
  const auto& geometry = a.as<ConvolutionAttributes>();
  const Shape& x = in[0].shape;
  const Shape& kernel = in[1].shape;
  check_channels(in[0], in[1], geometry.groups);
  Shape y{x[0]};
  kernels::append_spatial(
      y, geometry.window.positions(spatial_sizes(x, 1, 1), spatial_sizes(kernel, 0, 2)),
      x.ndim() - 2);
  y.push_back(kernel[kernel.ndim() - 1]);
  return {{y, in[0].dtype}};
}

std::vector<TensorSpec> input_gradient_type(Specs in, const Attributes& a) {
  check_floating(in, "convolution_input_gradient");
  const auto& geometry = a.as<ConvolutionAttributes>();
  const Shape& kernel = in[1].shape;
  Shape x{in[0].shape[0]};
  kernels::append_spatial(x, geometry.input_size, kernel.ndim() - 2);
  x.push_back(kernel[kernel.ndim() - 2] * geometry.groups);
  return {{x, in[0].dtype}};
}

std::vector<TensorSpec> kernel_gradient_type(Specs in, const Attributes& a) {
  check_floating(in, "convolution_kernel_gradient");
  const auto& geometry = a.as<ConvolutionAttributes>();
  const int last = in[0].shape.ndim() - 1;
  Shape kernel;
  kernels::append_spatial(kernel, geometry.kernel_size, last - 1);
  kernel.push_back(in[0].shape[last] / geometry.groups);
  kernel.push_back(in[1].shape[last]);
  return {{kernel, in[0].dtype}};
}

/// 2 for each multiplication of x with the kernel of this spec; with padding nothing is multiplied.
double flops_with(const TensorSpec& kernel, std::int64_t batch, const Attributes& a) {
  const auto& geometry = a.as<ConvolutionAttributes>();
  const int last = kernel.shape.ndim() - 1;
  return 2.0 * static_cast<double>(batch * kernel.shape[last - 1] * kernel.shape[last]) *
         places_inside(geometry.window, geometry.input_size, geometry.kernel_size);
}

// The three are one trilinear form ⟨conv(x, k), y⟩ with one factor left open; so the derivative of
// each, in each of its inputs, is another of them.
Tensor forward(const Tensor& x, const Tensor& kernel, const Attributes& geometry);
Tensor input_gradient(const Tensor& y, const Tensor& kernel, const Attributes& geometry);
Tensor kernel_gradient(const Tensor& x, const Tensor& y, const Attributes& geometry);

const Primitive kConvolution{
    .name = "convolution",
    .attributes = &attribute_text<ConvolutionAttributes>,
    .type = forward_type,
    .kernel = kernels::convolution,
    .flops = [](Specs in, Specs,
                const Attributes& a) { return flops_with(in[1], in[0].shape[0], a); },
    .derivative = [](const Backward& b) -> Tensors {
      Tensors cotangents(2);
      if (b.needs(0)) cotangents[0] = input_gradient(b.cotangent(), b.input(1), b.attributes());
      if (b.needs(1)) cotangents[1] = kernel_gradient(b.input(0), b.cotangent(), b.attributes());
      return cotangents;
    },
};

const Primitive kConvolutionInputGradient{
    .name = "convolution_input_gradient",
    .attributes = &attribute_text<ConvolutionAttributes>,
    .type = input_gradient_type,
    .kernel = kernels::convolution_input_gradient,
    .flops = [](Specs in, Specs,
                const Attributes& a) { return flops_with(in[1], in[0].shape[0], a); },
    .derivative = [](const Backward& b) -> Tensors {
      Tensors cotangents(2);
      if (b.needs(0)) cotangents[0] = forward(b.cotangent(), b.input(1), b.attributes());
      if (b.needs(1)) cotangents[1] = kernel_gradient(b.cotangent(), b.input(0), b.attributes());
      return cotangents;
    },
};

const Primitive kConvolutionKernelGradient{
    .name = "convolution_kernel_gradient",
    .attributes = &attribute_text<ConvolutionAttributes>,
    .type = kernel_gradient_type,
    .kernel = kernels::convolution_kernel_gradient,
    .flops = [](Specs in, Specs out,
                const Attributes& a) { return flops_with(out[0], in[0].shape[0], a); },
    .derivative = [](const Backward& b) -> Tensors {
      Tensors cotangents(2);
      if (b.needs(0)) cotangents[0] = input_gradient(b.input(1), b.cotangent(), b.attributes());
      if (b.needs(1)) cotangents[1] = forward(b.input(0), b.cotangent(), b.attributes());
      return cotangents;
    },
};

Tensor forward(const Tensor& x, const Tensor& kernel, const Attributes& geometry) {
  return apply(kConvolution, {x, kernel}, geometry);
}

Tensor input_gradient(const Tensor& y, const Tensor& kernel, const Attributes& geometry) {
  return apply(kConvolutionInputGradient, {y, kernel}, geometry);
}

Tensor kernel_gradient(const Tensor& x, const Tensor& y, const Attributes& geometry) {
  return apply(kConvolutionKernelGradient, {x, y}, geometry);
}

/// x with zeros between its neighbours.
Tensor stretch(const Tensor& x, const Shape& dilation) {
  if (std::ranges::all_of(dilation, [](std::int64_t d) { return d == 1; })) return x;
  std::vector<std::int64_t> between(static_cast<std::size_t>(x.ndim()), 0);
  for (int i = 0; i < dilation.ndim(); ++i) {
    between[static_cast<std::size_t>(i + 1)] = dilation[i] - 1;
  }
  const std::vector<std::int64_t> none(between.size(), 0);
  return pad(x, none, none, between);
}

}  // namespace

Rows convolution_rows() {
  return {&kConvolution, &kConvolutionInputGradient, &kConvolutionKernelGradient};
}

Tensor convolution(const Tensor& x, const Tensor& kernel, const ConvolutionOptions& options) {
  const int count = x.ndim() - 2;
  if (count < 1 || count > 3 || kernel.ndim() != x.ndim()) {
    throw InvalidArgument(
        "conv: x [n,spatial…,c] and kernel [size…,c/groups,f] with the same 1 to 3 spatial "
        "dimensions were expected, got {}",
        both(x.spec(), kernel.spec()));
  }
  const Shape input_dilation =
      one_per_dimension(options.input_dilation, count, "conv", "input dilation");
  const DType met = promote(x.dtype(), kernel.dtype());
  const DType dtype = is_floating(met) ? met : float32;
  const Tensor stretched = stretch(astype(x, dtype), input_dilation);
  const kernels::Window window =
      make_window(spatial_shape(stretched.shape(), 1), spatial_shape(kernel.shape(), 0),
                  options.strides, options.kernel_dilation, options.padding, "conv");
  return forward(stretched, astype(kernel, dtype),
                 ConvolutionAttributes{window, spatial_sizes(stretched.shape(), 1, 1),
                                       spatial_sizes(kernel.shape(), 0, 2), options.groups});
}

}  // namespace linseed
