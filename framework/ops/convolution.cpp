// Rows of convolution and its two adjoints, which are each other's derivatives.
#include <linseed/framework/ops/convolution.h>

#include <algorithm>

#include <linseed/framework/kernels/convolution.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::ConvolutionAttributes;

void check_floating(Specs in, std::string_view who) {
  for (const TensorSpec& spec : in) {
    if (!is_floating(spec.dtype) || spec.shape.ndim() != 4) {
      throw InvalidArgument("{}: floating tensors with 4 dimensions were expected, got {}", who,
                            spec);
    }
  }
}

std::vector<TensorSpec> forward_type(Specs in, const Attributes& a) {
  check_floating(in, "convolution");
  const TensorSpec& x = in[0];
  const TensorSpec& kernel = in[1];
  if (x.shape[3] != kernel.shape[2]) {
    throw InvalidArgument("conv: kernel expects {} input channels, got {}; x {}, kernel {}",
                          kernel.shape[2], x.shape[3], x, kernel);
  }
  const auto& window = a.as<ConvolutionAttributes>().window;
  return {{{x.shape[0], window.places(0, x.shape[1], kernel.shape[0]),
            window.places(1, x.shape[2], kernel.shape[1]), kernel.shape[3]},
           x.dtype}};
}

std::vector<TensorSpec> input_gradient_type(Specs in, const Attributes& a) {
  check_floating(in, "convolution_input_gradient");
  const auto& size = a.as<ConvolutionAttributes>().input_size;
  return {{{in[0].shape[0], size[0], size[1], in[1].shape[2]}, in[0].dtype}};
}

std::vector<TensorSpec> kernel_gradient_type(Specs in, const Attributes& a) {
  check_floating(in, "convolution_kernel_gradient");
  const auto& size = a.as<ConvolutionAttributes>().kernel_size;
  return {{{size[0], size[1], in[0].shape[3], in[1].shape[3]}, in[0].dtype}};
}

// The three are one trilinear form ⟨conv(x, k), y⟩ with one factor left open; so the derivative of
// each, in each of its inputs, is another of them.
Tensor forward(const Tensor& x, const Tensor& kernel, const Attributes& geometry);
Tensor input_gradient(const Tensor& y, const Tensor& kernel, const Attributes& geometry);
Tensor kernel_gradient(const Tensor& x, const Tensor& y, const Attributes& geometry);

const Primitive kConvolution{
    .name = "convolution",
    .type = forward_type,
    .kernel = kernels::convolution,
    .derivative = [](const Backward& b) -> Tensors {
      Tensors cotangents(2);
      if (b.needs(0)) cotangents[0] = input_gradient(b.cotangent(), b.input(1), b.attributes());
      if (b.needs(1)) cotangents[1] = kernel_gradient(b.input(0), b.cotangent(), b.attributes());
      return cotangents;
    },
};

const Primitive kConvolutionInputGradient{
    .name = "convolution_input_gradient",
    .type = input_gradient_type,
    .kernel = kernels::convolution_input_gradient,
    .derivative = [](const Backward& b) -> Tensors {
      Tensors cotangents(2);
      if (b.needs(0)) cotangents[0] = forward(b.cotangent(), b.input(1), b.attributes());
      if (b.needs(1)) cotangents[1] = kernel_gradient(b.cotangent(), b.input(0), b.attributes());
      return cotangents;
    },
};

const Primitive kConvolutionKernelGradient{
    .name = "convolution_kernel_gradient",
    .type = kernel_gradient_type,
    .kernel = kernels::convolution_kernel_gradient,
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

}  // namespace

Rows convolution_rows() {
  return {&kConvolution, &kConvolutionInputGradient, &kConvolutionKernelGradient};
}

Padding::Padding(const char* name) : Padding(std::string_view(name)) {}

Padding::Padding(std::string_view name) : kind_(name == "SAME" ? Kind::same : Kind::valid) {
  if (name != "SAME" && name != "VALID") {
    throw InvalidArgument(
        "padding: \"{}\" is neither \"SAME\" nor \"VALID\"; or give pairs like {}", name,
        "{{1, 1}, {1, 1}}");
  }
}

void Padding::check_spatial_dims(int spatial_dims, std::string_view who) const {
  if (kind_ == Kind::pairs && static_cast<int>(pairs_.size()) != spatial_dims) {
    throw InvalidArgument("{}: {} padding pairs for {} spatial dimensions", who, pairs_.size(),
                          spatial_dims);
  }
}

std::pair<std::int64_t, std::int64_t> Padding::resolve(int spatial_dim, std::int64_t size,
                                                       std::int64_t window, std::int64_t stride,
                                                       std::string_view who) const {
  if (window < 1 || stride < 1) {
    throw InvalidArgument("{}: window {} and stride {} must be at least 1", who, window, stride);
  }
  if (kind_ == Kind::valid) return {0, 0};
  if (kind_ == Kind::pairs) {
    const auto& pair = pairs_.at(static_cast<std::size_t>(spatial_dim));
    if (pair.first < 0 || pair.second < 0) {
      throw InvalidArgument("{}: padding ({}, {}) is negative", who, pair.first, pair.second);
    }
    return pair;
  }
  const std::int64_t out = (size + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((out - 1) * stride + window - size, 0);
  return {total / 2, total - total / 2};
}

Tensor convolution(const Tensor& x, const Tensor& kernel, std::array<std::int64_t, 2> strides,
                   const Padding& padding) {
  if (x.ndim() != 4 || kernel.ndim() != 4) {
    throw InvalidArgument("conv: x [n,h,w,c] and kernel [kh,kw,c,f] were expected, got {} and {}",
                          x.spec(), kernel.spec());
  }
  padding.check_spatial_dims(2, "conv");
  ConvolutionAttributes geometry;
  for (int d = 0; d < 2; ++d) {
    const auto i = static_cast<std::size_t>(d);
    const auto [before, after] =
        padding.resolve(d, x.dim(1 + d), kernel.dim(d), strides[i], "conv");
    geometry.window.stride[i] = strides[i];
    geometry.window.pad_low[i] = before;
    geometry.window.pad_high[i] = after;
    geometry.input_size[i] = x.dim(1 + d);
    geometry.kernel_size[i] = kernel.dim(d);
  }
  const DType met = promote(x.dtype(), kernel.dtype());
  const DType dtype = is_floating(met) ? met : float32;
  return forward(astype(x, dtype), astype(kernel, dtype), geometry);
}

}  // namespace linseed
