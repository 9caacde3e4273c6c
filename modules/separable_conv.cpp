#include <linseed/modules/separable_conv.h>

#include <linseed/modules/conv.h>
#include <linseed/modules/positive_internal.h>

namespace linseed::nn {

Tensor SeparableConv::apply(const Tensor& x) const {
  const Shape& size = kernel_size;
  check_positive(features, "separable_conv", "features");
  check_positive(depth_multiplier, "separable_conv", "depth_multiplier");
  if (x.ndim() == 0) throw InvalidArgument("separable_conv: x needs channels, got {}", x.spec());
  const auto channels = static_cast<int>(x.dim(-1));
  const Conv depthwise{.features = channels * depth_multiplier,
                       .kernel_size = size,
                       .strides = strides,
                       .padding = padding,
                       .kernel_dilation = kernel_dilation,
                       .feature_group_count = channels,
                       .bias = false,
                       .dtype = dtype,
                       .kernel_init = depthwise_init};
  const Conv pointwise{.features = features,
                       .kernel_size = Shape(std::vector<std::int64_t>(size.dims().size(), 1)),
                       .bias = bias,
                       .dtype = dtype,
                       .kernel_init = pointwise_init,
                       .bias_init = bias_init};
  return pointwise.named("pointwise")(depthwise.named("depthwise")(x));
}

}  // namespace linseed::nn
