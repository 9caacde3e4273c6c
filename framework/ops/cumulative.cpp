// The row of cumulative sums.
#include <linseed/framework/ops/cumulative.h>

#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/kernels/cumulative.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::CumulativeAttributes;

const Primitive kCumsum{
    .name = "cumsum",
    .attributes = &attribute_text<CumulativeAttributes>,
    .type = same_as_input,
    .kernel = kernels::cumulative_sum,
    .derivative = [](const Backward& b) -> Tensors {
      const auto& [axis, reverse] = b.attributes().as<CumulativeAttributes>();
      return {cumsum(b.cotangent(), axis, !reverse)};
    },
};

}  // namespace

Rows cumulative_rows() { return {&kCumsum}; }

Tensor cumsum(const Tensor& x, int axis, bool reverse) {
  const int resolved = resolve_axis(axis, x.ndim(), "cumsum");
  return apply(kCumsum, {as_number(x)}, CumulativeAttributes{resolved, reverse});
}

}  // namespace linseed
