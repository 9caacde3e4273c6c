#include <linseed/modules/conv_transpose.h>

#include <algorithm>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/window_internal.h>
#include <linseed/modules/convolution_internal.h>
#include <linseed/modules/positive_internal.h>

namespace linseed::nn {
namespace {

/// What is put before and after one dimension of the stretched x: the kernel covers `extent` of
/// its elements.
Padding::Pairs::value_type pad_transposed(std::int64_t extent, std::int64_t stride, bool is_same) {
  const std::int64_t least = extent + stride - 2;
  if (is_same) {
    const std::int64_t before = stride > extent - 1 ? extent - 1 : (least + 1) / 2;
    return {before, least - before};
  }
  return {extent - 1, least + std::max<std::int64_t>(extent - stride, 0) - (extent - 1)};
}

Padding transposed_padding(const ConvTranspose& options, const Shape& strides) {
  const bool is_same = options.padding == Padding("SAME");
  if (!is_same && options.padding != Padding("VALID")) return options.padding;
  const Shape& size = options.kernel_size;
  const Shape gaps =
      one_per_dimension(options.kernel_dilation, size.ndim(), "conv_transpose", "kernel dilation");
  Padding::Pairs pairs;
  for (int i = 0; i < size.ndim(); ++i) {
    pairs.push_back(pad_transposed((size[i] - 1) * gaps[i] + 1, strides[i], is_same));
  }
  return pairs;
}

}  // namespace

Tensor ConvTranspose::apply(const Tensor& x) const {
  check_positive(features, "conv_transpose", "features");
  const Tensor y = over_examples(x, kernel_size, "conv_transpose", [&](const Tensor& batch) {
    const Shape& size = kernel_size;
    const Shape steps = one_per_dimension(strides, size.ndim(), "conv_transpose", "strides");
    const Tensor kernel = param("kernel", kernel_shape(size, batch.dim(-1), features), kernel_init);
    return convolution(astype(batch, dtype), astype(kernel, dtype),
                       {.padding = transposed_padding(*this, steps),
                        .input_dilation = steps,
                        .kernel_dilation = kernel_dilation});
  });
  if (!bias) return y;
  return y + astype(param("bias", {features}, bias_init), dtype);
}

}  // namespace linseed::nn
