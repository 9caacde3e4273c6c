#include <linseed/modules/normalize.h>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/reduce.h>

namespace linseed::nn {

Tensor normalize(const Tensor& x, const Axes& axis, const Tensor& mean, const Tensor& variance,
                 double epsilon) {
  Tensor center = mean;
  Tensor spread = variance;
  if (!center.defined() || !spread.defined()) {
    const Moments own = moments(x, axis, {}, keepdims);
    if (!center.defined()) center = own.mean;
    if (!spread.defined()) spread = own.m2 / maximum(own.count, 1);
  }
  return (x - center) * rsqrt(spread + epsilon);
}

}  // namespace linseed::nn
