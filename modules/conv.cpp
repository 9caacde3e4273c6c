#include <linseed/modules/conv.h>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/modules/convolution_internal.h>
#include <linseed/modules/positive_internal.h>

namespace linseed::nn {

Tensor Conv::apply(const Tensor& x) const {
  check_positive(features, "conv", "features");
  const Tensor y = over_examples(x, kernel_size, "conv", [&](const Tensor& batch) {
    const std::int64_t channels = batch.dim(-1);
    if (feature_group_count < 1 || channels % feature_group_count != 0) {
      throw InvalidArgument("conv: {} input channels do not divide into {} feature groups; x {}",
                            channels, feature_group_count, x.spec());
    }
    const Tensor kernel = param(
        "kernel", kernel_shape(kernel_size, channels / feature_group_count, features), kernel_init);
    return convolution(astype(batch, dtype), astype(kernel, dtype),
                       {.strides = strides,
                        .padding = padding,
                        .input_dilation = input_dilation,
                        .kernel_dilation = kernel_dilation,
                        .groups = feature_group_count});
  });
  if (!bias) return y;
  return y + astype(param("bias", {features}, bias_init), dtype);
}

}  // namespace linseed::nn
