#include <linseed/modules/activation.h>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/reduce.h>

namespace linseed::nn {

Tensor relu(const Tensor& x) { return where(x <= 0, 0, x); }

Tensor log_softmax(const Tensor& x, int axis) {
  const Tensor shifted = x - stop_gradient(max(x, axis, keepdims));
  return shifted - log(sum(exp(shifted), axis, keepdims));
}

Tensor softmax(const Tensor& x, int axis) {
  const Tensor powers = exp(x - stop_gradient(max(x, axis, keepdims)));
  return powers / sum(powers, axis, keepdims);
}

}  // namespace linseed::nn
