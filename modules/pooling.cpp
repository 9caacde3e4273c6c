#include <linseed/modules/pooling.h>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/pooling.h>
#include <linseed/modules/spatial_internal.h>

namespace linseed::nn {

Tensor max_pool(const Tensor& x, const Shape& window, const Shape& strides,
                const Padding& padding) {
  return linseed::max_pool(x, two_sizes(window, "max_pool", "window"),
                           two_strides(strides, "max_pool"), padding);
}

Tensor avg_pool(const Tensor& x, const Shape& window, const Shape& strides,
                const Padding& padding) {
  const auto sizes = two_sizes(window, "avg_pool", "window");
  return sum_pool(x, sizes, two_strides(strides, "avg_pool"), padding) / (sizes[0] * sizes[1]);
}

}  // namespace linseed::nn
